"""The closed list of addresses that callers send asks to."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from trigate.core.request import Request
from trigate.llm.choice import LONGEST_MODEL
from trigate.llm.error import InvalidParameter
from trigate.llm.form import form_type, read_boundary
from trigate.llm.header import says_json, to_provider
from trigate.llm.operation import JSON_LINES, Address, Operation
from trigate.llm.operations import (
    anthropic_count,
    anthropic_messages,
    bedrock_converse,
    bedrock_count,
    bedrock_invoke,
    cohere_chat,
    cohere_embed,
    gemini_content,
    gemini_count,
    gemini_embed,
    openai_chat,
    openai_compact,
    openai_completions,
    openai_count,
    openai_embeddings,
    openai_images,
    openai_moderations,
    openai_responses,
    openai_speech,
    openai_transcriptions,
    rerank,
)
from trigate.llm.task_operation import TaskOperation

OPERATIONS: tuple[Operation, ...] = (
    openai_chat.OPERATION,
    openai_embeddings.OPERATION,
    openai_responses.OPERATION,
    anthropic_messages.OPERATION,
    gemini_content.OPERATION,
    bedrock_converse.OPERATION,
    cohere_chat.OPERATION,
    openai_completions.OPERATION,
    openai_moderations.OPERATION,
    openai_images.GENERATE,
    openai_images.EDIT,
    openai_images.VARY,
    openai_speech.OPERATION,
    openai_transcriptions.TRANSCRIBE,
    openai_transcriptions.TRANSLATE,
    openai_compact.OPERATION,
    anthropic_count.OPERATION,
    openai_count.OPERATION,
    gemini_count.OPERATION,
    bedrock_count.OPERATION,
    bedrock_invoke.OPERATION,
    cohere_embed.OPERATION,
    gemini_embed.ONE,
    gemini_embed.BATCH,
    rerank.COHERE,
    rerank.JINA,
)
DROP_INS = {
    b"openai": "openai_chat",
    b"anthropic": "anthropic_messages",
    b"genai": "gemini_content",
    b"bedrock": "bedrock_converse",
    b"cohere": "cohere_chat",
}
"""Prefixes under which the same addresses are found, for programs that are given nothing but another base URL, and the
dialect that they are for."""

CONFIG = b"x-portkey-config"
"""The field by which callers of Portkey choose targets."""
FORM_LINES = b"content-type: %b\r\naccept: application/json\r\n"
"""What providers are told of a form, in whole lines."""

_DROP_IN = re.compile(rb"/(openai|anthropic|genai|bedrock|cohere)(/.*)").fullmatch
_GOOGLE = re.compile(rb"/v1(?:alpha|beta)?/models/(.+):([A-Za-z]+)").fullmatch
_BEDROCK = re.compile(rb"/model/(.+)/(converse|converse-stream|count-tokens|invoke|invoke-with-[a-z-]+)").fullmatch
_METHODS: dict[bytes, Operation] = {
    b"generateContent": gemini_content.OPERATION,
    b"streamGenerateContent": gemini_content.OPERATION,
    b"countTokens": gemini_count.OPERATION,
    b"embedContent": gemini_embed.ONE,
    b"batchEmbedContents": gemini_embed.BATCH,
    b"converse": bedrock_converse.OPERATION,
    b"converse-stream": bedrock_converse.OPERATION,
    b"count-tokens": bedrock_count.OPERATION,
    b"invoke": bedrock_invoke.OPERATION,
    b"invoke-with-response-stream": bedrock_invoke.OPERATION,
}
"""Operations by the last word of a path that names the model."""
_EXACT: dict[bytes, Operation] = {each.path: each for each in OPERATIONS if each.path}


def without_drop_in(path: bytes) -> tuple[bytes, str]:
    """The path without a drop-in prefix, and the dialect that the prefix is for; empty without one."""
    found = _DROP_IN(path)
    return (found[2], DROP_INS[found[1]]) if found else (path, "")


def find_address(request: Request) -> Address | None:
    """The address of a request, with the fields that go upstream; None if it is not one for asks.

    Raises InvalidParameter if it names no usable model.
    """
    path = without_drop_in(request.path)[0]
    operation = _EXACT.get(path)
    if operation is not None:
        return _address(operation, request)
    if (found := _GOOGLE(path)) is not None and found[2] in _METHODS:
        streamed = found[2] == b"streamGenerateContent"
        listed = streamed and b"alt=sse" not in request.query.split(b"&")
        return _address(_METHODS[found[2]], request, _model(found[1]), streamed=streamed, listed=listed)
    if (found := _BEDROCK(path)) is not None and found[2] in _METHODS:
        return _address(_METHODS[found[2]], request, _model(found[1]), streamed=found[2].endswith(b"-stream"))
    return None


def dialect_of(request: Request) -> str:
    """The dialect whose callers send such requests, as far as the head tells; OpenAI's chats if it does not."""
    path, meant = without_drop_in(request.path)
    if meant:
        return meant
    operation = _EXACT.get(path)
    if operation is not None:
        return operation.dialect
    if path.startswith(b"/model/"):
        return "bedrock_converse"
    fields = request.fields
    if _is_googles(path) or path.startswith((b"/v1beta/", b"/v1alpha/")) or b"x-goog-api-key" in fields:
        return "gemini_content"
    return "anthropic_messages" if b"anthropic-version" in fields or b"x-api-key" in fields else "openai_chat"


def _is_googles(path: bytes) -> bool:
    """Whether a path names a model and a method; a model's name may have a colon, too, as `llama3:latest`."""
    found = _GOOGLE(path)
    return found is not None and found[2] in _METHODS


def actions() -> Iterator[str]:
    """What models can be asked for, each once."""
    return iter(dict.fromkeys(each.action for each in OPERATIONS))


def _address(
    operation: Operation, request: Request, model: str = "", *, streamed: bool = False, listed: bool = False
) -> Address:
    own, common = to_provider(request, operation.dialect)
    boundary = _boundary(operation, request)
    form = FORM_LINES % form_type(boundary) if boundary else JSON_LINES
    is_json = not boundary and says_json(request.fields)
    config = request.fields.get(CONFIG, b"")
    return Address(operation, model, streamed, listed, form + own, form + common, config, boundary, is_json)


def _boundary(operation: Operation, request: Request) -> bytes:
    """What parts the fields of a form; empty if the body is JSON. Raises UnsupportedMediaType."""
    if not isinstance(operation, TaskOperation) or operation.forms == "never" or request.method != b"POST":
        return b""
    content_type = request.fields.get(b"content-type", b"")
    if operation.forms == "also" and not content_type.lower().startswith(b"multipart/"):
        return b""
    return read_boundary(content_type)


def _model(name: bytes) -> str:
    model = unquote_to_bytes(name).decode(errors="replace")
    if not 0 < len(model) <= LONGEST_MODEL or not model.isprintable():
        raise InvalidParameter("the path does not name a model", "model")
    return model
