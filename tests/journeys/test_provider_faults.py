"""Faults of a provider: another one answers, or the caller is told; and the money is right."""

import socket
from collections.abc import Callable, Generator, Iterator
from typing import Any

import msgspec
import pytest

from tests.journeys.caller import Caller, Got, head
from tests.journeys.conftest import Gateway
from tests.journeys.stage import Upstream, listeners, record
from tests.outbound.chaos import Step, close, expect, hang, reset, send

PLACES = 180
OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"content-type: application/json\r\n"
EVENTS = OK + b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
PRICE = 1000
"""Nano-dollars per token."""
KEYS = "provider-key-canary-1", "provider-key-canary-2"
DIALECTS = {"direct": "/v1/chat/completions", "translated": "/v1/messages"}
"""Where callers ask; the provider speaks OpenAI's chat completions."""


def whole(head: bytes, body: bytes, length: int | None = None) -> Step:
    return send(head + b"content-length: %d\r\n\r\n" % (len(body) if length is None else length) + body)


def chunk(*events: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in events)


def event(value: object) -> bytes:
    return b"data: " + (value if isinstance(value, bytes) else msgspec.json.encode(value)) + b"\n\n"


def piece(text: str, finish: str | None = None, **more: Any) -> bytes:
    delta = {"role": "assistant", "content": text}
    return event({"id": "c", "model": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more})


def completion(usage: object) -> bytes:
    message = {"role": "assistant", "content": "said well"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return msgspec.json.encode({"id": "c", "model": "x", "choices": [choice], "usage": usage})


USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
COUNTED = event({"id": "c", "model": "x", "choices": [], "usage": USAGE})
DONE = event(b"[DONE]")
END = b"0\r\n\r\n"
GOOD = {
    False: [expect(b"}]"), whole(JSON, completion(USAGE))],
    True: [expect(b"}]"), send(EVENTS + chunk(piece("said well"), piece("", "stop"), COUNTED, DONE) + END)],
}
OVERLOADED = b'{"error":{"message":"too much","type":"overloaded_error","code":"overloaded_error"}}'
PLAIN: dict[str, list[Step]] = {
    "error in a 200": [whole(JSON, b'{"error":{"message":"boom","code":429}}')],
    "error text in a 200": [whole(JSON, b'{"error":"model runner has stopped"}')],
    "page for people": [whole(OK + b"content-type: text/html\r\n", b"<html>hello</html>")],
    "empty": [whole(JSON, b"")],
    "half an object": [whole(JSON, completion(USAGE)[:-20])],
    "a list": [whole(JSON, b"[]")],
    "too short for its length": [whole(JSON, completion(USAGE), 5000), close()],
    "compressed": [whole(JSON + b"content-encoding: gzip\r\n", b"\x1f\x8b")],
    "redirect": [whole(b"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\n", b"")],
    "overloaded": [
        whole(b"HTTP/1.1 529 Overloaded\r\ncontent-type: application/json\r\nretry-after: 7\r\n", OVERLOADED)
    ],
    "reset": [reset()],
    "hangs": [hang()],
}
STREAMED: dict[str, list[Step]] = {
    "error event first": [send(EVENTS + chunk(event(OVERLOADED)) + END)],
    "error event after a role": [send(EVENTS + chunk(piece(""), event(OVERLOADED)) + END)],
    "no event": [send(EVENTS + END)],
    "a comment only": [send(EVENTS + chunk(b": hi\n\n") + END)],
    "half an event": [send(EVENTS + chunk(b'data: {"id": "c", "cho')), close()],
    "a role only": [send(EVENTS + chunk(piece("")) + END)],
    "reset after the head": [send(EVENTS), reset()],
    "comments for ever": [send(EVENTS + chunk(*[b": thinking\n\n"] * 3)), hang()],
    **{name: PLAIN[name] for name in ("page for people", "compressed", "redirect", "overloaded", "reset", "hangs")},
}
AFTER_A_WORD: dict[str, list[Step]] = {
    "no last event": [send(END)],
    "reset": [reset()],
    "hangs": [hang()],
    "pings for ever": [send(chunk(*[b": ping\n\n"] * 9)), hang()],
    "half an event": [send(chunk(b'data: {"id": "c", "cho')), close()],
    "error event": [send(chunk(event(OVERLOADED)) + END)],
}
ABSURD = [
    {"prompt_tokens": -3, "completion_tokens": -2},
    {"prompt_tokens": 10**17, "completion_tokens": 10**17},
    {"prompt_tokens": 3.7, "completion_tokens": 2.2},
    {"prompt_tokens": "three", "completion_tokens": []},
    {"prompt_tokens": None, "completion_tokens": None},
    "much",
    None,
]


class Place:
    """Two providers that nobody else asks: `aN` and `bN`, and the model `mN` that tries both."""

    def __init__(self, running: Gateway, number: int, first: socket.socket, second: socket.socket) -> None:
        self.running, self.number, self.first, self.second = running, number, first, second

    async def ask(self, way: str, *, stream: bool, model: str = "") -> Got:
        body = msgspec.json.encode({
            "model": model or f"m{self.number}", "messages": [{"role": "user", "content": "hello there"}],
            "max_tokens": 50, "stream": stream,
        })  # fmt: skip
        fields = (
            f"Content-Length: {len(body)}",
            "Content-Type: application/json",
            f"x-request-id: place-{self.number}",
        )
        async with await Caller.connect(self.running.port) as caller:
            caller.send(head("POST", DIALECTS[way], *fields) + body)
            return await caller.answer("POST")

    async def record(self) -> dict[str, Any]:
        return await record(self.running, request_id=f"place-{self.number}")


def config(sockets: list[socket.socket]) -> str:
    providers, models = list[str](), list[str]()
    for number in range(PLACES):
        for name, each in zip("ab", sockets[2 * number : 2 * number + 2], strict=True):
            providers.append(
                f"    {name}{number}: {{ kind: openai, base_url: 'http://127.0.0.1:{each.getsockname()[1]}/v1',"
                " prices: { '*': { input: 1, output: 1 } },"
                " timeouts: { first_byte: 400ms, between_bytes: 900ms, first_token: 400ms, between_tokens: 200ms } }"
            )
        here = f"http://127.0.0.1:{sockets[2 * number].getsockname()[1]}/v1"
        providers.append(f"    k{number}: {{ kind: openai, base_url: '{here}', api_keys: [{KEYS[0]}, {KEYS[1]}] }}")
        models.append(f"    m{number}: {{ targets: [a{number}/x, b{number}/y] }}")
    return "\n".join(["llm:", "  providers:", *providers, "  models:", *models, ""])


@pytest.fixture(scope="module")
def places(lasting_gateway: Callable[[str], Gateway]) -> Generator[Iterator[Place]]:
    sockets = listeners(2 * PLACES)
    running = lasting_gateway(config(sockets))
    yield iter([Place(running, number, *sockets[2 * number : 2 * number + 2]) for number in range(PLACES)])
    for each in sockets:
        each.close()


@pytest.fixture
def place(places: Iterator[Place]) -> Place:
    return next(places)


def charged(usage: dict[str, Any]) -> None:
    """The cost is that of the tokens, and of a size that makes sense."""
    tokens = usage.get("input_tokens", 0) + usage.get("output_tokens", 0)
    assert usage.get("cost", 0) == tokens * PRICE
    assert 0 <= tokens < 1000


CASES = [(fault, False) for fault in PLAIN] + [(fault, True) for fault in STREAMED]


@pytest.mark.parametrize("way", DIALECTS)
@pytest.mark.parametrize(("fault", "stream"), CASES)
async def test_another_provider_answers_and_the_caller_notices_nothing(
    place: Place, way: str, fault: str, stream: bool
) -> None:
    script = [expect(b"}]"), *(STREAMED if stream else PLAIN)[fault]]
    async with Upstream(place.first, script), Upstream(place.second, GOOD[stream]):
        got = await place.ask(way, stream=stream)
        assert (got.status, got.whole) == (200, True), got.body
        assert got.body.count(b"said well") == 1
        assert b"error" not in got.body
        assert got.body.rstrip().endswith(b"[DONE]" if way == "direct" and stream else b"}")
    found = await place.record()
    assert (found["outcome"], found["target"]) == ("ok", f"b{place.number}/y")
    assert found["attempts"] == 2
    usage = found["usage"]
    charged(usage)
    assert usage["input_tokens"] >= 3
    assert usage["output_tokens"] >= 2


@pytest.mark.parametrize("way", DIALECTS)
@pytest.mark.parametrize(("fault", "stream"), CASES)
async def test_a_caller_who_has_no_other_is_told_in_words_of_its_own(
    place: Place, way: str, fault: str, stream: bool
) -> None:
    script = [expect(b"}]"), *(STREAMED if stream else PLAIN)[fault]]
    async with Upstream(place.first, script):
        got = await place.ask(way, stream=stream, model=f"a{place.number}/x")
    assert got.whole
    if stream and got.status == 200:  # the provider's own error event
        assert b'"error"' in got.body
        assert b"[DONE]" not in got.body
        assert b"message_stop" not in got.body
    else:
        assert got.status in (429, 502, 503, 504, 529)
        error = msgspec.json.decode(got.body)
        assert (error.get("type") == "error") is (way == "translated")
        assert error["error"]["message"]
        assert error["error"]["type"]
        if fault == "overloaded":
            assert got.fields["retry-after"] == "7"
    found = await place.record()
    assert found["target"] == f"a{place.number}/x"
    charged(found["usage"])


@pytest.mark.parametrize("way", DIALECTS)
@pytest.mark.parametrize("fault", AFTER_A_WORD)
async def test_after_the_first_word_nobody_else_is_asked_and_the_stream_ends_with_an_error(
    place: Place, way: str, fault: str
) -> None:
    script = [expect(b"}]"), send(EVENTS + chunk(piece("he"), piece("llo"))), *AFTER_A_WORD[fault]]
    async with Upstream(place.first, script), Upstream(place.second) as second:
        got = await place.ask(way, stream=True)
        assert got.status == 200
        last = [each for each in got.body.split(b"\n\n") if b"data: " in each][-1]
        assert b'"error"' in last
        assert (b"event: error" in last) is (way == "translated")
        assert got.body.count(b"llo") == 1
        assert b"[DONE]" not in got.body
        assert b"message_stop" not in got.body
        assert not second.talks
    found = await place.record()
    assert found["attempts"] == 1
    charged(found["usage"])
    assert found["usage"]["estimated"]
    assert found["usage"]["output_tokens"] >= 1
    if "for ever" in fault:
        assert "llm.timeout.between_tokens" in found["flags"]


@pytest.mark.parametrize("way", DIALECTS)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("usage", ABSURD, ids=str)
async def test_absurd_usage_is_replaced_by_an_estimate(place: Place, way: str, stream: bool, usage: object) -> None:
    last = event({"id": "c", "model": "x", "choices": [], "usage": usage})
    events = chunk(piece("said well"), piece("", "stop"), last, DONE) + END
    answer = send(EVENTS + events) if stream else whole(JSON, completion(usage))
    async with Upstream(place.first, [expect(b"}]"), answer]):
        got = await place.ask(way, stream=stream)
        assert (got.status, got.whole) == (200, True)
        assert b"said well" in got.body
    found = await place.record()
    assert found["attempts"] == 1
    charged(found["usage"])
    assert found["usage"]["estimated"]
    assert found["usage"]["output_tokens"] >= 1


async def test_a_stream_that_never_says_a_token_is_given_up_in_time_and_the_record_says_why(place: Place) -> None:
    async with Upstream(place.first, [expect(b"}]"), *STREAMED["comments for ever"]]):
        got = await place.ask("direct", stream=True, model=f"a{place.number}/x")
        assert got.status == 504
        assert msgspec.json.decode(got.body)["error"]["code"] == "upstream.timeout"
    found = await place.record()
    assert found["flags"] == ["llm.timeout.first_token"]


@pytest.mark.parametrize("way", DIALECTS)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("status", [b"401 Unauthorized", b"402 Payment Required", b"403 Forbidden", b"429 Too Many"])
async def test_a_refused_key_is_replaced_and_nobody_learns_of_it(
    place: Place, way: str, stream: bool, status: bytes
) -> None:
    quoted = msgspec.json.encode({"error": {"message": f"no {KEYS[0]}", "code": "c"}})
    refused = whole(b"HTTP/1.1 " + status + b"\r\ncontent-type: application/json\r\n", quoted)
    async with Upstream(place.first, [expect(b"}]"), refused, *GOOD[stream]]) as upstream:
        got = await place.ask(way, stream=stream, model=f"k{place.number}/x")
        assert (got.status, got.whole) == (200, True), got.body
        assert b"said well" in got.body
        assert b"canary" not in got.raw
        sent = [line for line in upstream.received.split(b"\r\n") if line.startswith(b"authorization")]
        assert sent == [f"authorization: Bearer {key}".encode() for key in KEYS]
    found = await place.record()
    assert (found["outcome"], found["attempts"], found["flags"]) == ("ok", 1, ["llm.key_rotated"])
    assert found["usage"]["input_tokens"] == 3
