"""Which prices hold at which provider: the file's first, then the built-in table's, then the second source's."""

from functools import cache

from msgspec import Struct

from trigate.llm.fact_book import FactBook
from trigate.llm.price_settings import PriceSettings
from trigate.llm.price_table import PriceTable
from trigate.llm.provider import Provider
from trigate.llm.settings import LlmSettings, nearest
from trigate.llm.sheet import FREE_SHEET, Sheet
from trigate.policy.glob import Globs

built_in = cache(PriceTable)
"""The table, read once per process and not before it is needed."""

FREE_AT_OPENAI = ("omni-moderation-", "text-moderation-")
"""Models that cost nothing there (platform.openai.com/docs/guides/moderation), and are in no table."""


class _Shelf(Struct, frozen=True):
    """What is known of one provider's prices."""

    written: list[tuple[Globs, Sheet]]
    name: str
    """In the built-in table; empty if it is not there."""


class PriceBook:
    """The prices of one configuration; raises ValueError if it names a provider that the table does not have."""

    __slots__ = ("_facts", "_shelves", "_unknown")

    def __init__(self, settings: LlmSettings, facts: FactBook | None = None) -> None:
        """`facts`: the second source."""
        self._facts = facts
        self._shelves = {name: _shelf(name, each) for name, each in settings.providers.items()}
        self._unknown = _unknown(settings.unknown_price)

    def sheet(self, provider: str, model: str, own: PriceSettings | None = None) -> Sheet | None:
        """What `model` costs at a configured provider; None if that is not known. `own` goes before all else."""
        if own is not None:
            return own.sheet()
        shelf = self._shelves[provider]
        for globs, sheet in shelf.written:
            if globs.fit(model):
                return sheet
        found = built_in().sheet(shelf.name, model) if shelf.name else None
        if found is not None:
            found.batch = built_in().batch(shelf.name, model)
        if found is None and shelf.name == "openai" and model.startswith(FREE_AT_OPENAI):
            return FREE_SHEET
        if found is None and self._facts is not None:
            found = self._facts.sheet(provider, model)
        return found or self._unknown


def _shelf(name: str, provider: Provider) -> _Shelf:
    written = [(Globs([glob]), price.sheet()) for glob, price in provider.prices.items()]
    return _Shelf(written, _name_in_table(name, provider))


def _name_in_table(name: str, provider: Provider) -> str:
    known = built_in().providers()
    if provider.priced_as and provider.priced_as not in known:
        given = provider.priced_as
        raise ValueError(f"provider {name!r}: no prices of {given!r} are known{nearest(given, known)}")
    return provider.priced_as or built_in().provider_at(provider.origin())


def _unknown(choice: str | PriceSettings) -> Sheet | None:
    if isinstance(choice, PriceSettings):
        return choice.sheet()
    return FREE_SHEET if choice == "free" else None
