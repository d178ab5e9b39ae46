"""How much input an ask is: the most it can be counted as, without any tokenizer, and what it will probably be.

A token of a byte-pair encoding stands for at least one byte, and JSON never writes a text in fewer bytes than it has.
So the JSON of the members is a bound for their texts, and what frames each message is longer than the tokens that a
chat template puts in its place. Only what is no text has no such bound: images, audio and files count as the settings
say.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.core.settings import Settings
from trigate.llm.member import Members

TEMPLATE = 256
"""Tokens that a provider's own template may put around every ask."""
TOOL_PROMPT = 1024
"""Tokens of the instructions that providers put before the tools of an ask."""
BYTES_PER_TOKEN = 4
"""For what is probable only; about right for English text."""
LIKELY_PART = 1024
"""Tokens that an image or another part which is no text probably counts as."""

LIST = ord("[")

_IMAGES = frozenset({"image_url", "image", "input_image"})
_AUDIO = frozenset({"input_audio", "audio"})
_FILES = frozenset({"file", "input_file", "document", "video_url", "input_video"})
_TEXTS = frozenset({"text", "refusal", "input_text", "output_text"})


class MediaBounds(Settings):
    """The most tokens that one part of a message counts as which is no text."""

    image: int = 50_000
    """An image; models that cut large ones into many tiles count up to some 48,000."""
    audio: int = 100_000
    """A piece of audio; at the usual 32 tokens a second, 50 minutes."""
    file: int = 250_000
    """A file, a video, or a part of a kind that is not known here; that counts as its bytes if there are more."""

    def __post_init__(self) -> None:
        if min(self.image, self.audio, self.file) < 1:
            raise ValueError("every part counts as 1 token at least")


class Extent(Struct, frozen=True):
    """Tokens of input."""

    most: int
    likely: int


class _Message(Struct):
    content: Raw = Raw(b"null")
    audio: Any = None


class _Part(Struct):
    type: str = ""


_messages = msgspec.json.Decoder(list[_Message]).decode
_parts = msgspec.json.Decoder(list[Raw]).decode
_part = msgspec.json.Decoder(_Part).decode


def text_extent(members: Members) -> Extent:
    """Of an ask that holds nothing but texts or tokens."""
    size = sum(map(len, members.values()))
    return Extent(size + TEMPLATE, size // BYTES_PER_TOKEN)


def chat_extent(members: Members, media: MediaBounds) -> Extent:
    """Of an ask that holds messages; what cannot be read is the upstream's to refuse."""
    size = sum(map(len, members.values()))
    most = size + TEMPLATE + (TOOL_PROMPT if "tools" in members or "functions" in members else 0)
    messages = bytes(members.get("messages", b""))
    # Mostly there is no list in them, and no member `audio`: then they need not be read one by one. One byte is found
    # many times as fast as two, and of escapes there are mostly none.
    plain = messages.find(b"[", 1) < 0 and (messages.find(b"\\") < 0 or messages.find(b"\\u") < 0)
    if (plain and messages.find(b'"audio"') < 0) or not (found := _media(members, media)):
        return Extent(most, size // BYTES_PER_TOKEN)
    likely = size
    for raw, bound in found:
        most += bound - raw
        likely += LIKELY_PART * BYTES_PER_TOKEN - raw
    return Extent(max(most, TEMPLATE), max(likely, 0) // BYTES_PER_TOKEN)


def _media(members: Members, media: MediaBounds) -> list[tuple[int, int]]:
    """Bytes as sent, and most tokens, of each part that is no text."""
    found: list[tuple[int, int]] = []
    try:
        for message in _messages(members.get("messages", b"[]")):
            if message.audio is not None:  # an earlier answer, told by its id alone
                found.append((0, media.audio))
            if memoryview(message.content)[0] == LIST:
                found += _media_parts(message.content, media)
    except (msgspec.DecodeError, RecursionError):
        return found
    return found


def _media_parts(content: Raw, media: MediaBounds) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for raw in _parts(content):
        kind = _kind(raw)
        if kind not in _TEXTS:
            found.append((len(raw), _bound(kind, len(raw), media)))
    return found


def _bound(kind: str, size: int, media: MediaBounds) -> int:
    if kind in _IMAGES:
        return media.image
    if kind in _AUDIO:
        return media.audio
    return media.file if kind in _FILES else max(media.file, size)


def _kind(raw: Raw) -> str:
    try:
        return _part(raw).type
    except msgspec.DecodeError:
        return ""
