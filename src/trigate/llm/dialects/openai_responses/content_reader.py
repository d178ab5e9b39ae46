"""Pieces of messages and of tools' results, read from Responses."""

from collections.abc import Callable
from typing import Any

from trigate.llm.conversation import Audio, Extra, File, Image, Media, Opaque, Part, Refusal, Text
from trigate.llm.dialects.openai_responses.annotation import read_annotations
from trigate.llm.dialects.openai_responses.cache_mark import read_mark
from trigate.llm.dialects.openai_responses.data_url import read_address, see_kind
from trigate.llm.dialects.openai_responses.nesting import flatten
from trigate.llm.node import Fault, Node

NAME = "openai_responses"
INSIDE = "inside"
"""Marks, in `form`, an opaque piece of a message; other opaque parts are items of their own."""


def read_content(values: list[Any], fault: Fault, path: str) -> list[Part]:
    """All pieces of a message or of a result."""
    return [read_piece(each, fault, f"{path}[{place}]") for place, each in enumerate(values)]


def read_piece(value: Any, fault: Fault, path: str) -> Part:
    """One piece; one of a kind that is not known stays as it is."""
    node = Node(value, fault, path)
    kind = node.need_text("type")
    reader = _READERS.get(kind)
    if reader is None:
        return Opaque(dialect=NAME, kind=kind, value=value, form={INSIDE: True})
    form: Extra = {"type": kind}
    extra: Extra = {}
    cache = read_mark(node, form, extra)
    part = reader(node, form, fault)
    part.cache, part.form = cache, form
    part.extra = {**part.extra, **extra, **node.rest()}
    return part


def _read_text(node: Node, form: Extra, fault: Fault) -> Part:
    text = node.need_text("text")
    logprobs = node.take("logprobs")
    if logprobs is not None:
        form["logprobs"] = logprobs
    if node.rest().get("annotations") is not None:
        form["annotations"] = True
    notes = node.items("annotations")
    return Text(text=text, citations=read_annotations(notes, fault, node.under("annotations")))


def _read_refusal(node: Node, form: Extra, fault: Fault) -> Part:
    return Refusal(text=node.need_text("refusal"))


def _read_image(node: Node, form: Extra, fault: Fault) -> Part:
    media = read_address(node.text("image_url"))
    media.file = node.text("file_id")
    return Image(media=media, detail=node.text("detail"))


def _read_file(node: Node, form: Extra, fault: Fault) -> Part:
    return File(media=_file_media(node, form), name=node.text("filename"))


def _file_media(node: Node, form: Extra) -> Media:
    data = node.text("file_data")
    if data:
        media = read_address(data)
        if not media.data:  # no address, but the Base64 itself
            form["bare"] = True
            media = Media(data=data, mime=see_kind(data))
    else:
        media = Media()
    media.url = node.text("file_url")
    media.file = node.text("file_id")
    return media


def _read_audio(node: Node, form: Extra, fault: Fault) -> Part:
    sound = node.node("input_audio")
    if sound is None:
        node.refuse("input_audio", "an object")
    kind = sound.text("format")
    form["format"] = kind
    media = Media(data=sound.text("data"), mime=f"audio/{'mpeg' if kind == 'mp3' else kind}")
    return Audio(media=media, extra=flatten("input_audio", sound.rest()))


_READERS: dict[str, Callable[[Node, Extra, Fault], Part]] = {
    "input_text": _read_text,
    "output_text": _read_text,
    "text": _read_text,
    "refusal": _read_refusal,
    "input_image": _read_image,
    "input_file": _read_file,
    "input_audio": _read_audio,
}
