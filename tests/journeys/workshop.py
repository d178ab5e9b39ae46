"""A provider of everything that is no chat, in four languages, which checks what it is sent and keeps it."""

import email
import json
from collections.abc import Callable
from email.message import Message
from typing import Any

from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming

KEY = "provider-canary-0123456789"
SOUND = bytes(range(256)) * 400
PICTURE = "iVBORw0KGgo="
USAGE = {"input_tokens": 10, "output_tokens": 20, "total_tokens": 30}
TOLD = {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10}
JSON = b"application/json"
EVENTS = b"text/event-stream"

Said = tuple[bytes, bytes]
"""Content type and body of an answer."""


class Workshop:
    """Serves every address but those of chats."""

    def __init__(self) -> None:
        self.seen: list[tuple[Request, Any]] = []
        """What came, and its body as understood: JSON, or the fields of a form."""

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """Answer one request; 401 without the provider's own key, 404 for what is not served."""
        raw = await incoming.read(2**25)
        fields = request.fields
        keys = (fields.get(b"authorization", b""), fields.get(b"x-api-key", b""), fields.get(b"x-goog-api-key", b""))
        if not any(key.endswith(KEY.encode()) for key in keys):
            return _finish(sink, 401, (JSON, b'{"error":{"message":"who are you"}}'))
        body = _understood(fields.get(b"content-type", b""), raw)
        self.seen.append((request, body))
        found = ROUTES.get(request.path.decode())
        if found is None:
            return _finish(sink, 404, (JSON, b'{"error":{"message":"not here"}}'))
        return _finish(sink, 200, found(body))

    @property
    def last(self) -> Any:
        """The body that came last."""
        return self.seen[-1][1]


def _finish(sink: Edge, status: int, said: Said) -> None:
    sink.begin(Head(status, [(b"content-type", said[0]), (b"content-length", b"%d" % len(said[1]))]))
    sink.finish(Data(said[1]))


def _understood(content_type: bytes, raw: bytes) -> Any:
    if not content_type.startswith(b"multipart/"):
        return json.loads(raw) if raw else None
    # Read by a parser that has nothing to do with the gateway's own.
    message = email.message_from_bytes(b"content-type: " + content_type + b"\r\n\r\n" + raw)
    parts: list[Message] = message.get_payload()  # type: ignore[assignment] - a list, for it is a form
    return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}


def _json(value: Any) -> Callable[[Any], Said]:
    return lambda _: (JSON, json.dumps(value).encode())


def _events(*values: Any, end: bytes = b"") -> Said:
    return EVENTS, b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values) + end


def _completion(body: Any) -> Said:
    choice = {"index": 0, "text": "and so on", "finish_reason": "stop", "logprobs": None}
    whole = {"id": "c", "object": "text_completion", "created": 1, "model": body["model"], "choices": [choice]}
    if not body.get("stream"):
        return JSON, json.dumps({**whole, "usage": TOLD}).encode()
    pieces = [{**whole, "choices": [{**choice, "text": text, "finish_reason": None}]} for text in ("and ", "so on")]
    last = {**whole, "choices": [{**choice, "text": ""}]}
    return _events(*pieces, last, {**whole, "choices": [], "usage": TOLD}, end=b"data: [DONE]\n\n")


def _image(body: Any) -> Said:
    details = {"text_tokens": 10, "image_tokens": 0}
    usage = {**USAGE, "input_tokens_details": details}
    if not body.get("stream"):
        return JSON, json.dumps({"created": 1, "data": [{"b64_json": PICTURE}], "usage": usage}).encode()
    about = {"b64_json": PICTURE, "created_at": 1, "size": "1024x1024", "quality": "low", "background": "auto"}
    about["output_format"] = "png"
    sketch = {"type": "image_generation.partial_image", "partial_image_index": 0, **about}
    return _events(sketch, {"type": "image_generation.completed", "usage": usage, **about})


def _transcript(body: Any) -> Said:
    usage = {"type": "tokens", **USAGE, "input_token_details": {"audio_tokens": 9, "text_tokens": 1}}
    if body.get("stream") == b"true":
        done = {"type": "transcript.text.done", "text": "hello", "usage": usage}
        return _events({"type": "transcript.text.delta", "delta": "hello"}, done)
    if body.get("response_format") == b"text":
        return b"text/plain; charset=utf-8", b"hello"
    return JSON, json.dumps({"text": "hello", "usage": usage}).encode()


def _cohere_vectors(body: Any) -> Said:
    vectors = [[1.0, 0.5] for _ in body["texts"]]
    meta = {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 7}}
    said = {"id": "e", "response_type": "embeddings_by_type", "embeddings": {"float": vectors}, "meta": meta}
    return JSON, json.dumps({**said, "texts": body["texts"]}).encode()


MODERATED = {"id": "m", "model": "omni", "results": [{"flagged": True, "categories": {}, "category_scores": {}}]}
RANKED = {"id": "r", "results": [{"index": 1, "relevance_score": 0.9}], "meta": {"billed_units": {"search_units": 1}}}
ROUTES: dict[str, Callable[[Any], Said]] = {
    "/v1/completions": _completion,
    "/v1/moderations": _json(MODERATED),
    "/v1/images/generations": _image,
    "/v1/images/edits": _image,
    "/v1/images/variations": _image,
    "/v1/audio/speech": lambda _: (b"audio/mpeg", SOUND),
    "/v1/audio/transcriptions": _transcript,
    "/v1/audio/translations": _json({"text": "hello"}),
    "/v1/fine_tuning/jobs": _json({"object": "list", "data": [], "has_more": False}),
    "/v1/messages/count_tokens": _json({"input_tokens": 11}),
    "/v1beta/models/g:countTokens": _json({"totalTokens": 12}),
    "/v1beta/models/g:batchEmbedContents": lambda body: (
        JSON,
        json.dumps({"embeddings": [{"values": [1.0, 0.5]} for _ in body["requests"]]}).encode(),
    ),
    "/v2/embed": _cohere_vectors,
    "/v2/rerank": _json(RANKED),
}
