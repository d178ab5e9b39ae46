"""What is known of the models of one configuration: its own words first, then those of the table of models."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, structs

from trigate.llm.fact_settings import FactSettings
from trigate.llm.model_facts import UNKNOWN, ModelFacts
from trigate.llm.model_table import LARGEST, ModelTable, built_in
from trigate.llm.provider import Provider
from trigate.llm.sheet import Sheet
from trigate.policy.glob import Globs


class _Shelf(Struct, frozen=True):
    """What is known of one provider's models."""

    written: list[tuple[Globs, FactSettings]]
    name: str
    """In the table of models; empty if it is not there."""


class FactBook:
    """The facts of one configuration; raises ValueError if it names what the table does not have, OSError if the
    table cannot be read.
    """

    __slots__ = ("_shelves", "table")

    def __init__(self, providers: Mapping[str, Provider], catalog: str = "") -> None:
        """`catalog`: the path of a table that takes the place of the built-in one."""
        self.table = open_table(catalog)
        self._shelves = {name: self._shelf(name, each) for name, each in providers.items()}

    def facts(self, provider: str, model: str) -> ModelFacts | None:
        """What is known of `model` at a configured provider; None if nothing is."""
        shelf = self._shelves[provider]
        found = self.table.facts(shelf.name, model)
        own = next((own for globs, own in shelf.written if globs.fit(model)), None)
        return found if own is None else self._amended(found, own)

    def sheet(self, provider: str, model: str) -> Sheet | None:
        """What the table says that `model` costs at a configured provider; None if it does not."""
        return self.table.sheet(self._shelves[provider].name, model)

    def _amended(self, found: ModelFacts | None, own: FactSettings) -> ModelFacts:
        if own.like:
            found = self.table.facts(*own.like.split("/", 1))
        facts = found or UNKNOWN
        numbers = {"context": own.context, "most_input": own.most_input, "most_output": own.most_output}
        return structs.replace(
            facts,
            capabilities=(facts.capabilities | set(own.can)) - set(own.cannot),
            lacks=(facts.lacks | set(own.cannot)) - set(own.can),
            **{name: number for name, number in numbers.items() if number is not None},
        )

    def _shelf(self, name: str, provider: Provider) -> _Shelf:
        for own in provider.facts.values():
            if own.like and self.table.row(*own.like.split("/", 1)) is None:
                raise ValueError(f"provider {name!r}: nothing is known of a model {own.like!r}")
        written = [(Globs([glob]), own) for glob, own in provider.facts.items()]
        return _Shelf(written, provider.listed_as or self.table.provider_at(provider.origin()))


def open_table(catalog: str) -> ModelTable:
    """The table at a path, the built-in one if that is empty; raises ValueError, OSError."""
    if not catalog:
        return built_in()
    with Path(catalog).open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"{catalog}: a table of models has at most {LARGEST} bytes")
    try:
        table = ModelTable(data)
        table.check()  # now, and not in the middle of an ask
        return table
    except ValueError as error:
        raise ValueError(f"{catalog}: {error}") from None
