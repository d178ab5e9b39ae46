"""Answers that several workers and a restarted gateway give again, over sockets."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.journeys.conftest import Gateway
from tests.journeys.test_several_workers import several, workers
from tests.patience import PATIENCE
from tests.process.scene import kill
from tests.store.redis_server import Server


class Provider:
    """An OpenAI-compatible provider that never says the same twice, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if self.path.endswith("/embeddings"):
                    data, form = provider.meaning(asked["input"])
                else:
                    provider.asked += 1
                    data, form = provider.answer(streamed=asked.get("stream", False))
                self.send_response(200)
                self.send_header("content-type", form)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def answer(self, *, streamed: bool) -> tuple[bytes, str]:
        text, usage = f"answer {self.asked}", {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        if not streamed:
            choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": text}}
            return json.dumps({"id": "c", "choices": [choice], "usage": usage}).encode(), "application/json"
        events = [{"choices": [{"index": 0, "delta": {"content": text}}]}, {"choices": [], "usage": usage}]
        told = "".join(f"data: {json.dumps(each)}\n\n" for each in events)
        return f"{told}data: [DONE]\n\n".encode(), "text/event-stream"

    def meaning(self, text: str) -> tuple[bytes, str]:
        """What a question is about: the words that it has, of a few."""
        vector = [float(word in text.lower()) for word in ("capital", "france", "italy", "river")]
        data = {"data": [{"index": 0, "embedding": vector}], "usage": {"prompt_tokens": 4, "total_tokens": 4}}
        return json.dumps(data).encode(), "application/json"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.close()


def text(provider: Provider, cache: dict[str, Any], **more: Any) -> str:
    keys = {name: {"secret": f"{name}-0123456789ab", "team": name, "lanes": ["llm"]} for name in ("red", "blue")}
    llm = {
        "providers": {"p": {"kind": "openai", "base_url": provider.url}},
        "models": {"m": {"targets": "p/x", "price": {"input": 1, "output": 1}}},
        "cache": cache,
    }
    return several(llm=llm, policy={"keys": keys}, **more)


def ask(running: Gateway, question: str, who: str = "red", **more: Any) -> tuple[str, bytes]:
    """What the gateway says of the cache, and the answer."""
    fields = {name: more.pop(name) for name in list(more) if name == "x_trigate_cache"}
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": question}], **more}).encode()
    found = running.ask(
        "POST", "/v1/chat/completions", body, key=f"{who}-0123456789ab", content_type="application/json", **fields
    )
    assert found[0] == 200, (found, running.log)
    return found[1]["x-trigate-cache"], found[2]


def is_settled(running: Gateway, **more: Any) -> bool:
    """Whether all workers give the same answer; one that was on its way to the shelf may have replaced another."""
    found = {ask(running, "hello", **more) for _ in range(12)}
    return len(found) == 1 and found.pop()[0] == "hit"


def check_shared(running: Gateway, provider: Provider) -> None:
    """Whichever worker is asked, one answer is given to one team, plain and streamed."""
    shapes: list[dict[str, Any]] = [{}, {"stream": True}]
    for more in shapes:
        before = provider.asked
        assert ask(running, "hello", **more)[0] == "miss"
        running.until(lambda more=more: is_settled(running, **more))
        assert ask(running, "hello", who="blue", **more)[0] == "miss"
        asked = provider.asked
        assert is_settled(running, **more)
        assert before < provider.asked == asked


def test_what_one_worker_has_heard_all_give_and_a_restart_forgets_nothing(
    gateway: Callable[[str], Gateway], provider: Provider
):
    running = gateway(text(provider, {"shelf": "store"}))
    check_shared(running, provider)
    kept = ask(running, "hello")
    for each in workers(running):
        kill(each)
    running.until(lambda: running.ready() and len(workers(running)) == 4)
    assert ask(running, "hello") == kept
    running.kill()
    running.start()
    running.until(running.ready)
    running.until(lambda: ask(running, "hello") == kept)
    running.record(target="cache", outcome="ok")


def test_a_question_in_other_words_is_answered_by_whichever_worker(
    gateway: Callable[[str], Gateway], provider: Provider
):
    semantic = {"embeddings": "p/embed", "threshold": 0.99}
    running = gateway(text(provider, {"shelf": "store", "semantic": semantic}))
    known = ask(running, "What is the capital of France?")
    running.until(lambda: ask(running, "What is the capital of France?")[0] == "hit")
    again = running.until(lambda: near if (near := ask(running, "France has which capital?"))[0] != "miss" else None)
    assert again[0] == "hit; nearness=1.0000"
    assert json.loads(again[1])["choices"][0]["message"]["content"].startswith("answer ")
    assert ask(running, "What is the capital of Italy?")[0] == "miss"
    assert ask(running, "France has which capital, please?", who="blue")[0] == "miss"
    embedding = running.record(action="llm.embeddings", outcome="ok")
    assert embedding["parent"]
    assert embedding["usage"]["input_tokens"] == 4
    assert known[0] == "miss"


def test_an_operator_has_every_worker_forget(gateway: Callable[[str], Gateway], provider: Provider):
    running = gateway(text(provider, {"shelf": "memory", "namespace": "first"}))

    def hits() -> int:
        return [ask(running, "hello", x_trigate_cache="no-store")[0] for _ in range(30)].count("hit")

    def forget(*options: str) -> None:
        command = [str(Path(sys.executable).parent / "trigate"), "cache", "clear", "-c", str(running.file), *options]
        done = subprocess.run(
            command,
            cwd=running.folder,
            env={**os.environ, "TRIGATE_KEY": "x"},
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    for _ in range(30):
        ask(running, "hello")
    assert hits()
    forget("--namespace", "second")
    assert hits()
    forget("--namespace", "first")
    assert not hits()
    for _ in range(30):
        ask(running, "hello")
    assert hits()
    forget()
    assert not hits()


def test_machines_that_share_redis_share_answers_and_do_without_it(
    gateway: Callable[[str], Gateway], provider: Provider, redis: Server
):
    counters = {"kind": "redis", "url": redis.url}
    key = "a-master-key-of-more-than-32-characters"
    store = {"counters": counters, "master_key": key}
    one, other = (gateway(text(provider, {"shelf": "redis"}, store=store)) for _ in range(2))
    check_shared(one, provider)
    assert ask(other, "hello") == ask(one, "hello")
    redis.stop()
    assert ask(one, "something else")[0] == "miss"
    assert psutil.pid_exists(one.process.pid)


def test_a_reload_keeps_answers_and_a_change_of_the_model_forgets_them(
    gateway: Callable[[str], Gateway], provider: Provider
):
    cache = {"shelf": {"kind": "memory", "entries": 100}}
    plain = text(provider, cache).replace("workers: 4", "workers: 1")
    running = gateway(plain)
    first = ask(running, "hello")
    running.write(plain + "# another word\n")
    running.until(lambda: "generation=2" in running.log)
    assert ask(running, "hello") == ("hit", first[1])
    running.write(plain.replace('"p/x"', '"p/y"'))
    running.until(lambda: ask(running, "hello", x_trigate_cache="no-store")[0] == "miss")
    assert ask(running, "hello")[1] != first[1]
