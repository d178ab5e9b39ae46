"""The parts of a message's content, read."""

from collections.abc import Callable
from typing import Any

from trigate.llm.conversation import (
    Audio,
    Cache,
    Extra,
    File,
    Image,
    Media,
    Opaque,
    Part,
    Refusal,
    Text,
    Tool,
    Video,
)
from trigate.llm.dialects.openai_chat.word import NAME, audio_format, audio_mime
from trigate.llm.node import Node

_BASE64 = ";base64,"
_LONG = frozenset({"30m", "12h", "1h"})
"""Lifetimes of a cache mark for which an hour stands."""


def read_part(node: Node) -> Part:
    """One part; one of a kind that is not known here is kept as it is."""
    kind = node.need_text("type")
    read = _READERS.get(kind)
    if read is None:
        return Opaque(dialect=NAME, kind=kind, value={"type": kind, **node.rest()})
    part = read(node)
    read_cache(node, part)
    part.extra.update(node.rest())
    return part


def read_cache(node: Node, marked: Part | Tool) -> None:
    """The mark that says the prompt up to here may be cached, by either of its names."""
    for name in ("cache_control", "prompt_cache_breakpoint"):
        mark = node.node(name)
        if mark is not None:
            marked.form[name] = dict(mark.rest())
            ttl = mark.text("ttl")
            marked.cache = Cache("1h" if ttl in _LONG else ttl)


def read_data(url: str) -> Media:
    """What is at an address, or in it."""
    if url.startswith("data:"):
        head, mark, data = url[5:].partition(_BASE64)
        if mark and head and ";" not in head and len(head) < 128:
            return Media(data=data, mime=head)
    return Media(url=url)


def nest(extra: Extra, name: str, inner: Node) -> None:
    """Keep what is left of an object inside of another under its name."""
    if inner.rest():
        extra[name] = inner.rest()


def _inner(node: Node, name: str) -> Node:
    inner = node.node(name)
    return node.refuse(name, "an object") if inner is None else inner


def _read_text(node: Node) -> Part:
    return Text(text=node.need_text("text"))


def _read_refusal(node: Node) -> Part:
    return Refusal(text=node.need_text("refusal"))


def _read_image(node: Node) -> Part:
    inner = _inner(node, "image_url")
    image = Image(media=read_data(inner.need_text("url")), detail=inner.text("detail"))
    nest(image.extra, "image_url", inner)
    return image


def _read_video(node: Node) -> Part:
    inner = _inner(node, "video_url")
    video = Video(media=read_data(inner.need_text("url")))
    nest(video.extra, "video_url", inner)
    return video


def _read_audio(node: Node) -> Part:
    inner = _inner(node, "input_audio")
    form = inner.text("format")
    audio = Audio(media=Media(data=inner.need_text("data"), mime=audio_mime(form) if form else ""))
    if form and audio_format(audio.media.mime) != form:
        audio.form["format"] = form
    nest(audio.extra, "input_audio", inner)
    return audio


def _read_file(node: Node) -> Part:
    inner = _inner(node, "file")
    data = inner.text("file_data")
    file = File(media=_file_media(data), name=inner.text("filename"))
    file.media.file = inner.text("file_id")
    if data and not data.startswith(("data:", "http://", "https://")):
        file.form["bare"] = True
    nest(file.extra, "file", inner)
    return file


def _file_media(data: str) -> Media:
    if data.startswith(("data:", "http://", "https://")):
        return read_data(data)
    return Media(data=data)


_READERS: dict[str, Callable[[Node], Any]] = {
    "text": _read_text,
    "refusal": _read_refusal,
    "image_url": _read_image,
    "video_url": _read_video,
    "input_audio": _read_audio,
    "file": _read_file,
}
