"""Chats in dialects whose bodies need no care of their own: what differs is data."""

import re
from collections.abc import Set as AbstractSet
from typing import Any, cast

import msgspec
from msgspec import Raw, Struct

from trigate.llm.extent import BYTES_PER_TOKEN, LIKELY_PART, TEMPLATE, TOOL_PROMPT, Extent, MediaBounds
from trigate.llm.member import Members, read_members
from trigate.llm.member_bound import MemberBound, Path, read_member_bound
from trigate.llm.operation import COMMENT, EVENTS, Address, Ask, read_flag

_IMAGE = frozenset({"image", "input_image", "image_url"})
_AUDIO = frozenset({"audio", "input_audio"})
_FILE = frozenset({"document", "input_file", "file", "video", "fileData", "file_data", "container_upload"})
_INLINE = frozenset({"inlineData", "inline_data"})
_MEDIA = re.compile(rb'"(?:image|input_image|image_url|audio|input_audio|document|input_file|file|video|fileData|'
                    rb'file_data|container_upload|inlineData|inline_data)"')  # fmt: skip
_ELEMENT = (b"[", b",", b", ")
"""What stands before an object that is one of a list, as JSON is mostly written."""
_FEW = 16
"""Objects that are looked at one by one."""
_decode = msgspec.json.Decoder().decode


class ChatOperation(Struct, kw_only=True):
    """One address for chats."""

    name: str
    path: bytes = b""
    known: AbstractSet[str]
    """Members of the API; another spelling of one is refused, any further member is passed on."""
    bound: Path
    """The member that bounds the output."""
    choices: Path = ()
    """The member that says how many answers are wanted."""
    stream_type: bytes = EVENTS
    remark: bytes = COMMENT
    action: str = "llm.chat"
    is_chat: bool = True
    answers_at_length: bool = True
    is_free: bool = False
    unit: str = ""

    dialect: str = ""

    def __post_init__(self) -> None:
        self.dialect = self.name

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; all but what policy needs is the upstream's to judge."""
        ask = Ask(address or Address(self), read_members(body, self.known), body)
        if not ask.address.model:
            ask.streamed = read_flag(ask.members, "stream")
        return ask

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """Of all members; what is no text counts as the settings say."""
        size = sum(map(len, members.values()))
        most = size + TEMPLATE + (TOOL_PROMPT if "tools" in members or "toolConfig" in members else 0)
        if not any(map(_holds_media, members.values())):
            return Extent(most, size // BYTES_PER_TOKEN)
        likely = size
        for raw, bound in _found(members, media):
            most += bound - raw
            likely += LIKELY_PART * BYTES_PER_TOKEN - raw
        return Extent(max(most, TEMPLATE), max(likely, 0) // BYTES_PER_TOKEN)

    def output_bound(self, members: Members) -> MemberBound:
        """As the ask says; raises InvalidParameter."""
        return read_member_bound(members, self.bound, self.choices)


def _holds_media(raw: Raw) -> bool:
    """Whether there may be a part that is no text."""
    text = bytes(raw)
    return not _is_flat(text) and _MEDIA.search(text) is not None


def _is_flat(text: bytes) -> bool:
    """Whether it is seen at once to be no list and no object, or a list of objects without `type` that hold no further
    ones: as mostly, and for a fifth of what looking for parts costs."""
    if not text.startswith((b"[", b"{")):
        return True
    if text.find(b"[", 1) >= 0 or text.find(b'"type"') >= 0 or (text.find(b"\\") >= 0 and text.find(b"\\u") >= 0):
        return False
    at = -1
    for _ in range(_FEW):
        at = text.find(b"{", at + 1)
        if at < 0:
            return True
        if not text.endswith(_ELEMENT, 0, at):
            return False
    return False


def _found(members: Members, media: MediaBounds) -> list[tuple[int, int]]:
    """Bytes as sent, and most tokens, of each part that is no text."""
    found: list[tuple[int, int]] = []
    for raw in members.values():
        if _holds_media(raw):
            try:
                _walk(_decode(raw), media, found)
            except (msgspec.DecodeError, RecursionError):
                continue  # what cannot be read is the upstream's to refuse
    return found


def _walk(value: Any, media: MediaBounds, found: list[tuple[int, int]]) -> None:
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            _walk(each, media, found)
    elif isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        bound = _bound(node, media)
        if bound:
            found.append((_longest(node), bound))
        for each in node.values():
            _walk(each, media, found)


def _bound(node: dict[str, Any], media: MediaBounds) -> int:
    """Most tokens of a part, by its `type` or by the name of what it holds; 0 if it is text or no part."""
    kind = node.get("type")
    names = {kind} if isinstance(kind, str) else {name for name, each in node.items() if isinstance(each, dict)}
    if names & _IMAGE:
        return media.image
    if names & _AUDIO:
        return media.audio
    return media.file if names & (_FILE | _INLINE) else 0


def _longest(value: Any) -> int:
    """Bytes of the longest text within a part: that is its data, or its address."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return max(map(_longest, cast("dict[str, Any]", value).values()), default=0)
    if isinstance(value, list):
        return max(map(_longest, cast("list[Any]", value)), default=0)
    return 0
