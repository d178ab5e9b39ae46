"""The demo's model provider: OpenAI's API over a model that needs no network and no GPU."""

import asyncio
import hmac
from typing import Any, NoReturn

import msgspec

from trigate.cli.demo.embedding import EmbeddingAsk, embed
from trigate.cli.demo.model import Question, cost, name_of, speak
from trigate.cli.demo.reply import end_stream, open_stream, send_event, send_json
from trigate.core.errors import BadRequest, GatewayError, MethodNotAllowed, NotFound, Unauthenticated
from trigate.core.parts import Head
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.llm.dialects.openai_chat.dialect import DIALECT
from trigate.llm.envelope import error_parts
from trigate.llm.error import InvalidParameter, ModelNotFound

CHAT_MODEL = "demo-chat"
EMBEDDING_MODEL = "demo-embedding"
CREATED = 1_760_000_000
"""Seconds since the epoch, the same in every answer."""
MOST_BYTES = 8 * 2**20
WIDEST = 4096
"""Dimensions of an embedding."""
_CARDS = [
    {"id": model, "object": "model", "created": CREATED, "owned_by": "demo"} for model in (CHAT_MODEL, EMBEDDING_MODEL)
]


class Provider:
    """Serves chat completions, embeddings and models; `pace` is the time between two words of a stream, in seconds."""

    def __init__(self, key: str = "", pace: float = 0.03) -> None:
        self._key = f"Bearer {key}".encode() if key else b""
        self._pace = pace
        self._routes = {
            b"/v1/chat/completions": (b"POST", self._chat),
            b"/v1/embeddings": (b"POST", self._embeddings),
            b"/v1/models": (b"GET", self._models),
        }

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """Serve one request."""
        try:
            await self._serve(request, incoming, sink)
        except GatewayError as error:
            for part in error_parts(error, DIALECT.write_error(error)):
                if isinstance(part, Head):
                    sink.begin(part)
                else:
                    sink.finish(part)

    async def _serve(self, request: Request, incoming: Incoming, sink: Edge) -> None:
        if self._key and not hmac.compare_digest(request.fields.get(b"authorization", b""), self._key):
            raise Unauthenticated("this provider knows no such key")
        found = self._routes.get(request.path)
        if found is None:
            raise NotFound(f"there is nothing at {request.path.decode('latin-1')}")
        method, serve = found
        if request.method != method:
            raise MethodNotAllowed(f"use {method.decode()} here", headers=((b"allow", method),))
        await serve(await incoming.read(MOST_BYTES), sink)

    async def _models(self, body: bytes, sink: Edge) -> None:
        send_json(sink, {"object": "list", "data": _CARDS})

    async def _embeddings(self, body: bytes, sink: Edge) -> None:
        ask = _read(body, EmbeddingAsk)
        _require_model(ask.model, EMBEDDING_MODEL)
        if ask.dimensions is not None and not 1 <= ask.dimensions <= WIDEST:
            raise InvalidParameter(f"`dimensions` must lie between 1 and {WIDEST}", "dimensions")
        send_json(sink, embed(ask))

    async def _chat(self, body: bytes, sink: Edge) -> None:
        question = _read(body, Question)
        _require_model(question.model, CHAT_MODEL)
        _require_sense(question)
        answer = Completion(question, name_of(body))
        if not question.stream:
            send_json(sink, answer.whole())
            return
        open_stream(sink)
        for chunk in answer.chunks():
            await send_event(sink, chunk)
            await asyncio.sleep(self._pace)
        end_stream(sink, b"[DONE]")


class Completion:
    """An answer to a question, whole or in chunks."""

    def __init__(self, question: Question, name: str) -> None:
        self._speech = speak(question)
        self._cost = cost(question, self._speech)
        self._name = name
        self._model = question.model
        options = question.stream_options
        self._counts = options is not None and bool(options.include_usage)

    def whole(self) -> dict[str, Any]:
        """The answer that is not streamed."""
        speech = self._speech
        message: dict[str, Any] = {"role": "assistant", "content": "".join(speech.pieces) or None, "refusal": None}
        if speech.tool:
            message["tool_calls"] = [self._tool_call(speech.arguments)]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": speech.finish_reason}
        return self._frame("chat.completion", [choice]) | {"usage": self._cost}

    def chunks(self) -> list[dict[str, Any]]:
        """The answer in chunks: one for each word, or two for a tool call."""
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None if self._speech.tool else ""}]
        deltas += self._tool_deltas() if self._speech.tool else [{"content": piece} for piece in self._speech.pieces]
        chunks = [self._chunk(delta, None) for delta in deltas]
        chunks.append(self._chunk({}, self._speech.finish_reason))
        if self._counts:
            chunks.append(self._frame("chat.completion.chunk", []) | {"usage": self._cost})
        return chunks

    def _tool_deltas(self) -> list[dict[str, Any]]:
        half = len(self._speech.arguments) // 2
        pieces = [self._speech.arguments[:half], self._speech.arguments[half:]]
        later = [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces]
        return [{"tool_calls": [{"index": 0, **self._tool_call("")}]}, *later]

    def _tool_call(self, arguments: str) -> dict[str, Any]:
        function = {"name": self._speech.tool, "arguments": arguments}
        return {"id": f"call_{self._name}", "type": "function", "function": function}

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        frame = self._frame("chat.completion.chunk", [choice])
        return frame | {"usage": None} if self._counts else frame

    def _frame(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self._name}",
            "object": kind,
            "created": CREATED,
            "model": self._model,
            "choices": choices,
        }


def _require_model(given: str, known: str) -> None:
    if given != known:
        raise ModelNotFound(f"this provider has no model {given!r} here; it has {known!r}")


def _require_sense(question: Question) -> None:
    if not question.messages:
        raise InvalidParameter("`messages` must not be empty", "messages")
    if question.n not in (None, 1):
        raise InvalidParameter("the demo's model gives one answer at a time", "n")
    if question.limit is not None and question.limit < 1:
        raise InvalidParameter("`max_tokens` must be at least 1", "max_tokens")
    if question.stream_options is not None and not question.stream:
        raise InvalidParameter("`stream_options` goes with `stream` only", "stream_options")


def _read(body: bytes, form: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        _refuse(f"the body does not fit: {error}")
    except (msgspec.DecodeError, RecursionError) as error:
        _refuse(f"the body is not valid JSON: {error}")


def _refuse(message: str) -> NoReturn:
    raise BadRequest(message)
