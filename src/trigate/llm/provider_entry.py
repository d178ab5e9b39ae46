"""The catalogue of providers: one small file each, for servers that need no code of their own."""

import re
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from trigate.llm.quirk import Quirk

FOLDER = Path(__file__).with_name("provider_catalogue")
MaxTokensField = Literal["max_completion_tokens", "max_tokens"]
NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,63}").fullmatch


class ProviderEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is publicly known of one provider."""

    title: str
    """As it calls itself."""
    base_url: str
    """Address the paths of the API are appended to; `{NAME}` stands for one of the `places`."""
    docs: str
    """Its own documentation."""
    source: str
    """Where the facts are taken from."""
    date: str
    """When they were published there."""
    variable: tuple[str, ...] = ()
    """Environment variables in which its key usually is, the most usual first."""
    local: bool = False
    """It runs on one's own machine, and usually asks for no key."""
    speaks: tuple[Literal["openai_chat", "openai_responses", "anthropic_messages"], ...] = ("openai_chat",)
    """Dialects in which it can be asked for a chat, the best first."""
    root: str = ""
    """Put before the usual paths where `paths` leave it."""
    paths: dict[str, str] = {}
    """Paths of operations that are not the usual ones."""
    lacks: tuple[str, ...] = ()
    """Operations that it is known not to have."""
    quirks: tuple[Quirk, ...] = ("no_developer_role",)
    key_at: str = "authorization"
    """Where the key travels: a header field, `FIELD SCHEME`, or `?PARAMETER` of the query."""
    max_tokens_field: MaxTokensField = "max_tokens"
    stream_usage: bool = True
    """A stream may be asked to end with its usage."""
    priced_as: str = ""
    """Its name in the table of prices."""
    listed_as: str = ""
    """Its name in the table of models."""
    places: dict[str, str] = {}
    """Parts of the address that differ between accounts, and what each is."""

    def address(self, places: dict[str, str]) -> str:
        """The base URL of one account."""
        return self.base_url.format_map(places) if self.places else self.base_url


@cache
def listed_names() -> tuple[str, ...]:
    """The names of all entries in order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def read_entry(name: str) -> ProviderEntry:
    """One entry; raises LookupError if there is none."""
    if not NAME(name) or name not in listed_names():
        raise LookupError(f"the catalogue has no provider {name!r}")
    return msgspec.toml.decode((FOLDER / f"{name}.toml").read_bytes(), type=ProviderEntry)
