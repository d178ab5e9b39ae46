"""Providers of the catalogue as kinds: `kind: groq` is OpenAI's kind with what the catalogue says of Groq."""

import re
from functools import cache
from sys import modules
from types import ModuleType
from typing import Any, ClassVar, cast

import msgspec

from trigate.core.parts import Headers
from trigate.llm.provider_entry import MaxTokensField, ProviderEntry, read_entry
from trigate.llm.providers.anthropic import VERSION, VERSION_FIELD
from trigate.llm.providers.openai import OpenAI
from trigate.llm.quirk import Quirk

MODULE = "trigate_catalogue"
"""Under which the classes are named, for they stand in no file."""
_PLACE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?").fullmatch


class ListedProvider(OpenAI, kw_only=True):
    """A provider of the catalogue."""

    entry: ClassVar[ProviderEntry]
    field_texts: ClassVar[dict[str, str]] = {}
    """What the parts of its address are."""

    def __post_init__(self) -> None:
        for name in self.entry.places:
            if not _PLACE(getattr(self, name)):
                raise ValueError(f"{name} is part of an address: letters, digits, `.`, `-` and `_`")
        super().__post_init__()
        if self._needs_proof() and not (self.api_key or self.api_keys or self.credential or self.headers):
            usual = f", usually in ${{{self.entry.variable[0]}}}" if self.entry.variable else ""
            raise ValueError(f"{self.entry.title} wants a key: give it an api_key{usual}, or a credential")

    def _needs_proof(self) -> bool:
        """Whether it is the provider itself; a server of one's own may ask for nothing."""
        return not self.entry.local and self.base_url == self.entry.base_url

    def origin(self) -> str:
        """The address of the account."""
        if self.base_url != self.entry.base_url:
            return super().origin()
        return self.entry.address({name: getattr(self, name) for name in self.entry.places}).rstrip("/")

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """That of the catalogue, else the usual one."""
        entry = self.entry
        usual = super().path(operation, model, streamed=streamed)
        if usual is None or operation in entry.lacks:
            return None
        own = entry.paths.get(operation)
        return own.encode() if own is not None else entry.root.encode() + usual

    def dialects(self) -> tuple[str, ...]:
        """As configured, else as the catalogue says."""
        return tuple(self.speaks) or self.entry.speaks

    def usual_quirks(self) -> frozenset[Quirk]:
        """Those of the catalogue."""
        return frozenset(self.entry.quirks)

    def usual_key_at(self) -> str:
        """That of the catalogue."""
        return self.entry.key_at

    def public_fields(self) -> Headers:
        """The version of Anthropic's API where that is spoken, unless `headers` names another."""
        if "anthropic_messages" not in self.dialects() or VERSION_FIELD in map(str.lower, self.headers):
            return []
        return [(VERSION_FIELD.encode(), VERSION)]


@cache
def listed_kind(name: str) -> type[ListedProvider]:
    """The class of a provider of the catalogue; raises LookupError if there is none."""
    entry = read_entry(name)
    fields: list[tuple[str, type] | tuple[str, type, Any]] = [(place, str) for place in entry.places]
    defaults = ("base_url", "max_tokens_field", "stream_usage", "priced_as", "listed_as")
    hints: dict[str, Any] = {"stream_usage": bool, "max_tokens_field": MaxTokensField}
    fields += [(each, hints.get(each, str), getattr(entry, each)) for each in defaults]
    module = f"{MODULE}.{name}"
    modules.setdefault(module, ModuleType(module))
    made = msgspec.defstruct(
        "".join(part.title() for part in name.split("_")),
        fields,
        bases=(ListedProvider,),
        namespace={"entry": entry, "field_texts": entry.places, "__doc__": f"{entry.title}: {entry.docs}"},
        module=module,
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )
    return cast("type[ListedProvider]", made)
