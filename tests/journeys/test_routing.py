"""How asks find a target that answers, over sockets."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.journeys.conftest import Gateway
from tests.patience import PATIENCE

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
SHAPES = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])


class Provider:
    """An OpenAI-compatible provider whose answer is the name of the model.

    Models called `slow` think until `go` is set; those called `busy` refuse the first ask.
    """

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                assert set(asked) <= {"model", "messages", "stream", "stream_options"}
                status, data = provider.answer(asked["model"], streamed=asked.get("stream", False))
                self.send_response(status)
                form = "text/event-stream" if asked.get("stream") and status == 200 else "application/json"
                self.send_header("content-type", form)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever was hung up on cannot be answered."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def answer(self, model: str, *, streamed: bool) -> tuple[int, bytes]:
        self.asked.append(model)
        if model == "slow":
            self.go.wait(PATIENCE)
        if model == "down" or (model == "busy" and self.asked.count("busy") == 1):
            return 503, b'{"error":{"message":"busy","type":"server_error"}}'
        if not streamed:
            choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": model}}
            return 200, json.dumps({"id": "c", "choices": [choice], "usage": USAGE}).encode()
        words = [{"choices": [{"index": 0, "delta": {"content": each}}]} for each in (model, " ", model)]
        events = [*words, {"choices": [], "usage": USAGE}]
        return 200, ("".join(f"data: {json.dumps(each)}\n\n" for each in events) + "data: [DONE]\n\n").encode()

    def close(self) -> None:
        self.go.set()
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.close()


def text(provider: Provider, model: dict[str, Any]) -> str:
    llm = {
        "providers": {"p": {"kind": "openai", "base_url": provider.url, "prices": {"*": {"input": 1, "output": 1}}}},
        "models": {"m": model, "other": {"targets": "p/other"}, "secret": {"targets": "p/secret"}},
    }
    policy = {
        "keys": {"test": {"secret": "${TRIGATE_KEY}"}},
        "access": [{"allow": ["llm.chat model/m", "llm.chat model/other"]}],
    }
    return f"llm: {json.dumps(llm)}\npolicy: {json.dumps(policy)}\n"


def ask(running: Gateway, *, streamed: bool = False, **more: Any) -> tuple[int, bytes]:
    members = {"model": "m", "messages": [{"role": "user", "content": "who are you?"}], **more}
    if streamed:
        members["stream"] = True
    body = json.dumps(members).encode()
    status, _, answer = running.ask("POST", "/v1/chat/completions", body, content_type="application/json")
    return status, answer


def words(answer: bytes, *, streamed: bool) -> str:
    """What an answer says."""
    if not streamed:
        return json.loads(answer)["choices"][0]["message"]["content"]
    assert answer.endswith(b"data: [DONE]\n\n")
    events = [json.loads(each[6:]) for each in answer.split(b"\n\n")[:-2]]
    return "".join(each["choices"][0]["delta"]["content"] for each in events if each["choices"])


def start(gateway: Callable[[str], Gateway], provider: Provider, **model: Any) -> Gateway:
    return gateway(text(provider, model))


@SHAPES
def test_a_faster_target_answers_for_a_slow_one_and_both_are_on_record(
    gateway: Callable[[str], Gateway], provider: Provider, streamed: bool
):
    running = start(gateway, provider, targets=["p/slow", "p/fast"], hedge={"after": "20ms", "whole": "20ms"})
    for _ in range(5):
        status, answer = ask(running, streamed=streamed)
        assert status == 200, running.log
        assert words(answer, streamed=streamed) == ("fast fast" if streamed else "fast")
    parent = running.record(target="p/slow", outcome="ok")
    child = running.record(parent=parent["id"])
    assert parent["flags"] == ["llm.hedged:p/fast"]
    assert (child["target"], child["outcome"], child["flags"]) == ("p/fast", "ok", ["llm.hedge"])
    assert child["usage"]["cost"] == 5000
    assert parent["usage"]["estimated"]
    assert provider.asked.count("fast") == 5


def test_a_target_that_fails_is_asked_again_and_the_next_if_that_does_not_help(
    gateway: Callable[[str], Gateway], provider: Provider
):
    retries = {"attempts": 1, "backoff": "50ms"}
    running = start(gateway, provider, targets=["p/down", "p/busy"], retries=retries)
    status, answer = ask(running)
    assert (status, words(answer, streamed=False)) == (200, "busy")
    assert provider.asked == ["down", "down", "busy", "busy"]
    record = running.record(outcome="ok")
    assert [each["target"] for each in record["tries"]] == ["p/down", "p/down", "p/busy"]
    assert record["tries"][1]["ended"] - record["tries"][0]["ended"] >= 25_000


def test_a_copy_goes_to_the_mirror_and_nobody_waits_for_it(gateway: Callable[[str], Gateway], provider: Provider):
    running = start(gateway, provider, targets="p/fast", mirror={"target": "p/slow"})
    status, answer = ask(running)
    assert (status, words(answer, streamed=False)) == (200, "fast")
    parent = running.record(target="p/fast", outcome="ok")
    running.until(lambda: "slow" in provider.asked)
    assert not [each for each in running.records() if each.get("parent")]
    provider.go.set()
    child = running.record(parent=parent["id"])
    assert (child["target"], child["outcome"], child["flags"]) == ("p/slow", "ok", ["llm.mirror"])


def test_a_gateway_that_ends_does_not_wait_for_its_copies(gateway: Callable[[str], Gateway], provider: Provider):
    running = start(gateway, provider, targets="p/fast", mirror={"target": "p/slow"})
    assert ask(running)[0] == 200
    running.until(lambda: "slow" in provider.asked)
    assert running.stop() == 0


@SHAPES
def test_a_caller_names_further_models_but_only_such_as_it_may_use(
    gateway: Callable[[str], Gateway], provider: Provider, streamed: bool
):
    running = start(gateway, provider, targets="p/down")
    status, answer = ask(running, models=["other"], streamed=streamed)
    assert (status, words(answer, streamed=streamed)) == (200, "other other" if streamed else "other")
    child = running.record(resource="model/other")
    assert running.record(id=child["parent"])["outcome"] == "ok"
    assert ask(running, models=["secret"])[0] == 403
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "who?"}]}).encode()
    fields = {"content_type": "application/json", "x_trigate_fallbacks": "other"}
    assert running.ask("POST", "/v1/chat/completions", body, **fields)[0] == 200
    demanding = {**fields, "x_trigate_require": "region=eu"}
    status, _, answer = running.ask("POST", "/v1/chat/completions", body, **demanding)
    assert (status, json.loads(answer)["error"]["code"]) == (404, "model.no_target")
    assert "secret" not in provider.asked
