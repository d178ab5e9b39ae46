"""The output of a response, item by item, as parts of an answer."""

from collections.abc import Callable
from typing import Any, cast

from trigate.llm.conversation import Image, Media, Opaque, Part, Text
from trigate.llm.dialects.openai_responses.content_reader import NAME, read_content
from trigate.llm.dialects.openai_responses.item_reader import read_call
from trigate.llm.dialects.openai_responses.shape import text_of
from trigate.llm.dialects.openai_responses.thought import HEAD, read_reasoning
from trigate.llm.node import Fault, Node

DRAWN = "image_generation_call"


def read_output(values: list[Any], fault: Fault) -> list[Part]:
    """All parts of an answer."""
    return [part for place, each in enumerate(values) for part in read_item(each, fault, f"output[{place}]")]


def read_item(value: Any, fault: Fault, path: str) -> list[Part]:
    """The parts of one item."""
    kind = Node(value, fault, path).need_text("type")
    reader = _READERS.get(kind)
    return reader(value, fault, path) if reader else [Opaque(dialect=NAME, kind=kind, value=value)]


def _read_message(value: dict[str, Any], fault: Fault, path: str) -> list[Part]:
    """The pieces of a message; the first knows what else was said of it."""
    node = Node(value, fault, path)
    node.take("type")
    node.take("role")
    parts = read_content(node.items("content"), fault, node.under("content"))
    for part in parts[:1]:
        part.form[HEAD] = node.rest()
    return parts


def _read_reasoning(value: dict[str, Any], fault: Fault, path: str) -> list[Part]:
    return cast("list[Part]", read_reasoning(value, fault, path))


def _read_call(value: dict[str, Any], fault: Fault, path: str) -> list[Part]:
    return [read_call(value, fault, path)]


def _read_custom_call(value: dict[str, Any], fault: Fault, path: str) -> list[Part]:
    return [read_call(value, fault, path, custom=True)]


def _read_image(value: dict[str, Any], fault: Fault, path: str) -> list[Part]:
    """A picture that the model drew."""
    node = Node(value, fault, path)
    node.take("type")
    data, kind = node.text("result"), text_of(value.get("output_format"))
    if not data:
        return [Opaque(dialect=NAME, kind=DRAWN, value=value)]
    return [Image(media=Media(data=data, mime=f"image/{kind or 'png'}"), form=node.rest())]


def read_logprobs(parts: list[Part]) -> Any:
    """How probable the tokens of all texts were; None if that is not said."""
    tokens: list[Any] = []
    for part in parts:
        said = part.form.get("logprobs") if isinstance(part, Text) else None
        if type(said) is list:
            tokens += said
    return {"content": tokens} if tokens else None


_READERS: dict[str, Callable[[dict[str, Any], Fault, str], list[Part]]] = {
    "message": _read_message,
    "reasoning": _read_reasoning,
    DRAWN: _read_image,
    "function_call": _read_call,
    "custom_tool_call": _read_custom_call,
}
