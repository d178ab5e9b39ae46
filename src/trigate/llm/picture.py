"""An ask for pictures, and its answer, in no provider's language."""

import re
from math import log
from typing import Any

import msgspec
from msgspec import Struct

from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses
from trigate.llm.operation import Ask
from trigate.llm.task_operation import read_count, read_text

MOST = 100
LARGE = 1536
"""Pixels of the longer side, above which a picture is a large one."""
_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})").fullmatch
_UNHEARD = ("background", "moderation", "partial_images", "quality", "safety_identifier", "style", "user")
"""Members that no other language has a word for."""
_DEFAULTS = frozenset({b'"auto"', b"null", b"0"})


class PictureAsk(Struct, kw_only=True):
    """Pictures of what a text says."""

    prompt: str
    count: int = 1
    size: tuple[int, int] | None = None
    """Pixels, width and height; None if any will do."""
    format: str = ""
    """Such as `png`; empty if any will do."""
    compression: int | None = None
    """Percent of quality, for formats that lose some."""
    by_address: bool = False
    """The caller wants addresses, not the pictures themselves."""
    lost: list[str] = []
    """Members that only the caller's dialect knows."""


class Picture(Struct, frozen=True):
    """One of them."""

    data: str
    """In base64."""
    type: str = "image/png"


def read_pictures_ask(ask: Ask) -> PictureAsk:
    """What a caller of OpenAI's API asks for; raises InvalidParameter, NotPortable."""
    members = ask.members
    if ask.streamed:
        raise NotPortable("pictures come as a stream from providers of OpenAI's API alone: leave out `stream`")
    prompt = read_text(members, "prompt")
    if not prompt:
        raise InvalidParameter("`prompt` must say what is to be seen", "prompt")
    compression = members.get("output_compression")
    return PictureAsk(
        prompt=prompt,
        count=read_count(members, "n", 1, MOST),
        size=_size(read_text(members, "size")),
        format=read_text(members, "output_format"),
        compression=read_count(members, "output_compression", 100, 100) if compression is not None else None,
        by_address=read_text(members, "response_format") == "url",
        lost=[name for name in _UNHEARD if name in members and bytes(members[name]) not in _DEFAULTS],
    )


def _size(written: str) -> tuple[int, int] | None:
    if written in {"", "auto"}:
        return None
    found = _SIZE(written)
    width, height = (int(found[1]), int(found[2])) if found is not None else (0, 0)
    if not (width and height):
        raise InvalidParameter("`size` is `auto`, or one such as `1024x1024`", "size")
    return width, height


def tell_lost(ask: PictureAsk, losses: Losses) -> None:
    """What no other dialect can say or do."""
    for name in ask.lost:
        losses.drop(name)
    if ask.by_address:
        losses.degrade("response_format", "b64_json")


def shape_of(size: tuple[int, int], known: tuple[str, ...], losses: Losses) -> str:
    """The shape among `known`, such as `16:9`, that comes nearest to a size; told where it is another one."""
    wanted = log(size[0] / size[1])

    def distance(shape: str) -> float:
        width, _, height = shape.partition(":")
        return abs(log(int(width) / int(height)) - wanted)

    found = min(known, key=distance)
    if distance(found) > 0.01:
        losses.degrade("size", found)
    return found


def write_pictures(pictures: list[Picture], created: int, usage: dict[str, Any] | None) -> bytes:
    """The answer as OpenAI's API has it."""
    data = [{"b64_json": each.data} for each in pictures]
    kind = pictures[0].type.rpartition("/")[2] if pictures else "png"
    told: dict[str, Any] = {"created": created, "data": data, "output_format": kind}
    return msgspec.json.encode({**told, "usage": usage} if usage is not None else told)
