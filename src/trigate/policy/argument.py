"""The members of an object somebody sent, decoded one by one when a policy looks at them, and read in one way only."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Raw

_value = msgspec.json.Decoder().decode


class Arguments(Mapping[str, Any]):
    """Members by name, each decoded when it is asked for.

    What policy reads must be what the other side reads. An object that goes on as it was sent may be read elsewhere
    with the first of two equal names, or without regard to case: looking at such a member raises ValueError.
    """

    __slots__ = ("_members",)

    def __init__(self, members: Mapping[str, Raw]) -> None:
        """`members` are known to be without duplicates at their own level."""
        self._members = members

    def __getitem__(self, name: str) -> Any:
        raw = bytes(self._members[name])
        if sum(each.casefold() == name.casefold() for each in self._members) > 1:
            raise ValueError(f"members that differ from {name!r} in case only")
        return _strictly(raw) if raw[:1] in (b"{", b"[") else _value(raw)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def _strictly(raw: bytes) -> Any:
    """The value; raises ValueError for an object with two members of one name, however deep."""
    return json.loads(raw, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len({each.casefold() for each in found}) < len(pairs):
        raise ValueError("a member came twice")
    return found
