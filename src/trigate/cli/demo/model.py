"""What the demo's model says: always the same to the same question."""

import hashlib
import re
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from trigate.cli.demo.filling import Schema, fill

_PIECES = re.compile(r"\s*\S+")
_TOKENS = re.compile(r"\w+|[^\w\s]")
_WORDS = re.compile(r"[a-z0-9]+")


class Function(Struct):
    """A function the model may have called."""

    name: str
    parameters: Schema | None = None


class Tool(Struct):
    """A tool on offer."""

    function: Function
    type: str = "function"


class TextPart(Struct):
    """A part of a message; parts that are no text have none."""

    text: str = ""


class Message(Struct):
    """One message of a conversation."""

    role: str
    content: str | list[TextPart] | None = None
    tool_calls: list[Raw] | None = None

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, list):
            return " ".join(part.text for part in self.content if part.text)
        return self.content or ""


class NamedFunction(Struct):
    """The function a caller insists on."""

    name: str


class NamedTool(Struct):
    """A tool a caller insists on."""

    function: NamedFunction


class StreamOptions(Struct):
    """What a streaming caller wants besides words."""

    include_usage: bool | None = None


class NamedSchema(Struct):
    """The schema of an answer, under a name."""

    schema: Schema | None = None


class ResponseFormat(Struct):
    """What an answer is to look like."""

    type: str
    json_schema: NamedSchema | None = None


class Question(Struct):
    """As much of a chat completion request as the demo's model understands."""

    model: str
    messages: list[Message]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    response_format: ResponseFormat | None = None

    @property
    def limit(self) -> int | None:
        """Most tokens the caller wants."""
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens


class Speech(Struct):
    """What the model does: say pieces of text, or call a tool."""

    pieces: list[str]
    finish_reason: Literal["stop", "length", "tool_calls"]
    tool: str = ""
    arguments: str = ""
    """JSON."""


class Cost(Struct):
    """`usage` as OpenAI's API writes it."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


def speak(question: Question) -> Speech:
    """The model's turn."""
    tool = _wanted_tool(question)
    if tool is not None:
        return Speech([], "tool_calls", tool.name, _filled(tool.parameters, question))
    pieces = _PIECES.findall(_text(question))
    limit = question.limit
    if limit is not None and limit < len(pieces):
        return Speech(pieces[:limit], "length")
    return Speech(pieces, "stop")


def cost(question: Question, speech: Speech) -> Cost:
    """Tokens: words and punctuation marks of the ask, and pieces of the answer."""
    asked = sum(3 + count_tokens(message.text) for message in question.messages)
    said = len(speech.pieces) + count_tokens(speech.tool) + count_tokens(speech.arguments)
    return Cost(asked, said, asked + said)


def count_tokens(text: str) -> int:
    """Words and punctuation marks."""
    return len(_TOKENS.findall(text))


def name_of(body: bytes) -> str:
    """An id that follows from what was asked."""
    return hashlib.sha256(body).hexdigest()[:24]


def _text(question: Question) -> str:
    """A sentence, or JSON for a caller who wants that."""
    form = question.response_format
    if form is not None and form.type == "json_schema" and form.json_schema is not None:
        return _filled(form.json_schema.schema, question)
    if form is not None and form.type == "json_object":
        return msgspec.json.encode({"answer": _sentence(question)}).decode()
    return _sentence(question)


def _filled(schema: Schema | None, question: Question) -> str:
    """JSON that fits the schema, made of the caller's words."""
    return msgspec.json.encode(fill(schema or Schema(), _last_words(question))).decode()


def _sentence(question: Question) -> str:
    last = question.messages[-1] if question.messages else Message("user")
    if last.role == "tool":
        return f"The tool says: {last.text}"
    return f"You said: {_last_words(question)} — I am the demo's model, and nothing of this left your machine."


def _last_words(question: Question) -> str:
    return next((each.text for each in reversed(question.messages) if each.role == "user"), "")


def _wanted_tool(question: Question) -> Function | None:
    """The tool the caller insists on, or one whose name the user's last message speaks of."""
    offered = [tool.function for tool in question.tools or []]
    choice = question.tool_choice
    if not offered or choice == "none" or not question.messages or question.messages[-1].role != "user":
        return None
    if isinstance(choice, NamedTool):
        return next((each for each in offered if each.name == choice.function.name), None)
    words = set(_WORDS.findall(_last_words(question).lower()))
    spoken_of = [each for each in offered if words & _telling(each.name)]
    return (spoken_of or (offered if choice == "required" else [None]))[0]


def _telling(name: str) -> set[str]:
    """The words of a tool's name that tell it from others: its last, and any but `get`, `the` and the like."""
    words = _WORDS.findall(name.lower())
    return {each for each in words if len(each) > 3} | set(words[-1:])
