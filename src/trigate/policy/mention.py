"""Whom a file speaks of by name: names that mean somebody already, whoever comes to bear them."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec import Struct

from trigate.policy.claim import Claims
from trigate.policy.limit import Selection
from trigate.policy.selector import Selector
from trigate.policy.settings import PolicySettings

WORDS = ("team", "user", "agent", "role", "key")
Mentions = Mapping[str, frozenset[str]]
"""Names by what they are names of."""


def mentions(policy: PolicySettings) -> Mentions:
    """Teams, people, agents, roles and keys that keys, rules, limits and authenticators of the file name.

    What a rule or limit says of one organisation is about that one, whatever others call their own; globs are about
    whoever comes.
    """
    found: dict[str, set[str]] = {word: set() for word in WORDS}
    found["key"].update(policy.keys)
    for word, name in _walk(policy):
        if name and "*" not in name:
            found[word].add(name)
    return {word: frozenset(names) for word, names in found.items()}


def _walk(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Claims):
        yield from (("team", each) for each in value.teams.values())
    elif isinstance(value, Struct):
        if not (isinstance(value, Selector | Selection) and value.organisation):
            yield from _own(value)
        for field in value.__struct_fields__:
            yield from _walk(getattr(value, field))
    elif isinstance(value, Mapping):
        for each in cast("Mapping[Any, Any]", value).values():
            yield from _walk(each)
    elif isinstance(value, list | tuple):
        for each in cast("list[Any]", value):
            yield from _walk(each)


def _own(value: Struct) -> Iterator[tuple[str, str]]:
    for field in (*WORDS, "roles"):
        written: Any = getattr(value, field, None)
        word = "role" if field == "roles" else field
        if isinstance(written, str):
            yield word, written
        elif isinstance(written, tuple):
            yield from ((word, each) for each in cast("tuple[Any, ...]", written) if isinstance(each, str))
    users: Any = getattr(value, "users", None)
    if isinstance(users, Mapping):
        yield from (("user", each) for each in cast("Mapping[str, Any]", users))
