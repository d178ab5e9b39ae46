"""The built-in table of models: what each can do and take at each provider, and what it costs by a second source.

The table is data of the models.dev project (MIT; notice, version and date stand in the file), written by
`python -m tools.models`. Nothing of it is decoded before it is asked for.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from trigate.llm.model_facts import ModelFacts
from trigate.llm.packed import Packed
from trigate.llm.price_table import read_sheet
from trigate.llm.sheet import Sheet

FILE = Path(__file__).with_name("models.json")
LARGEST = 16 * 2**20
"""Bytes of a table; the built-in one has about half a million."""
MODALITIES = {"t": "text", "i": "image", "a": "audio", "v": "video", "p": "pdf"}
"""The letters of modalities."""
MARKS = {"t": "tools", "s": "structured_output", "r": "reasoning", "c": "sampling"}
"""The letters of capabilities; a capital one says that the model lacks it."""
_BY_INPUT = {"i": "vision", "a": "audio_input", "v": "video_input", "p": "file_input"}
_BY_OUTPUT = {"i": "image_output", "a": "audio_output", "v": "video_output"}
_REGION = re.compile(r"^(?:us|eu|apac|jp|au|ca|global|us-gov)\.")
_DATE = re.compile(r"[-@](?:20\d{2}-?\d{2}-?\d{2}|default|latest)(?=-v\d|$)")
_VERSION = re.compile(r"-v\d+(?::\d+)?$")
_VARIANT = re.compile(r":[a-z-]+$")
"""`model:free`: how routers name a way to serve a model."""


class ModelRow(Struct, array_like=True, frozen=True):
    """One model as it lies in the table."""

    id: str
    context: int = 0
    most_input: int = 0
    most_output: int = 0
    input: str = ""
    output: str = ""
    marks: str = ""
    released: str = ""
    status: str = ""
    periods: Raw = Raw(b"")
    """Its prices as in the table of prices; empty if there are none."""

    def facts(self) -> ModelFacts:
        """What they say."""
        told = self.marks.lower()
        by_form = {name: letter in self.input for letter, name in _BY_INPUT.items() if self.input}
        by_form |= {name: letter in self.output for letter, name in _BY_OUTPUT.items() if self.output}
        by_form |= {name: letter in self.marks for letter, name in MARKS.items() if letter in told}
        cached = b'"cache_read"' in bytes(self.periods)
        return ModelFacts(
            context=self.context,
            most_input=self.most_input,
            most_output=self.most_output,
            input=frozenset(MODALITIES[each] for each in self.input),
            output=frozenset(MODALITIES[each] for each in self.output),
            capabilities=frozenset([name for name, has in by_form.items() if has] + ["prompt_cache"] * cached),
            lacks=frozenset(name for name, has in by_form.items() if not has),
            released=self.released,
            status=self.status,
        )


class _Section(Packed, frozen=True):
    address: str = ""
    """URL that those of its API begin with; empty if it cannot be told from those of others."""
    pattern: str = ""
    """The same as a regular expression, where the address differs between accounts."""

    def is_at(self, address: str) -> bool:
        """Whether this is the URL of its API."""
        if self.pattern:
            return re.match(self.pattern, address) is not None
        return bool(self.address) and (address == self.address or address.startswith(f"{self.address}/"))


class _Table(Struct, frozen=True):
    source: str
    date: str
    notice: str
    providers: dict[str, _Section]


_table = msgspec.json.Decoder(_Table).decode
_rows = msgspec.json.Decoder(list[ModelRow]).decode


class ModelTable:
    """A table of models by provider; raises ValueError if the bytes are no such table."""

    __slots__ = ("_index", "_sections", "date", "notice", "source")

    def __init__(self, data: bytes) -> None:
        try:
            table = _table(data)
        except msgspec.DecodeError as error:
            raise ValueError(f"this is no table of models: {error}") from None
        self.source, self.date, self.notice = table.source, table.date, table.notice
        self._sections = table.providers
        self._index = lru_cache(maxsize=None)(self._read)

    def providers(self) -> list[str]:
        """The names of all providers."""
        return list(self._sections)

    def provider_at(self, address: str) -> str:
        """The provider whose API is at this URL, empty if that is not known."""
        return next((name for name, each in self._sections.items() if each.is_at(address)), "")

    def rows(self, provider: str) -> Iterator[ModelRow]:
        """Every model of a provider."""
        return iter(self._index(provider).values())

    def row(self, provider: str, model: str) -> ModelRow | None:
        """A model by its name, also one with a date, region or variant in it; None if it is not known."""
        if provider not in self._sections:
            return None
        found = self._nearest(provider, model.lower())
        maker, _, rest = model.lower().partition("/")
        return found or (self._nearest(maker, rest) if rest and maker in self._sections else None)

    def facts(self, provider: str, model: str) -> ModelFacts | None:
        """What is known of a model; None if nothing is."""
        row = self.row(provider, model)
        return row.facts() if row is not None else None

    def sheet(self, provider: str, model: str) -> Sheet | None:
        """What a model costs; None if that is not known. Nothing is said to be free here."""
        found = self._index(provider).get(model.lower()) if provider in self._sections else None
        return read_sheet(found.periods) if found is not None and bytes(found.periods) else None

    def check(self) -> int:
        """Read every row, and tell how many there are; raises ValueError for what cannot be read."""
        try:
            for each in self._sections.values():
                re.compile(each.pattern)
            found = [row for provider in self._sections for row in self.rows(provider)]
            for row in found:
                row.facts()
                if bytes(row.periods):
                    read_sheet(row.periods)
        except (msgspec.DecodeError, re.error, KeyError) as error:
            raise ValueError(f"this is no table of models: {error}") from None
        return len(found)

    def _nearest(self, provider: str, name: str) -> ModelRow | None:
        index = self._index(provider)
        return next((index[each] for each in _spellings(name) if each in index), None)

    def _read(self, provider: str) -> dict[str, ModelRow]:
        return {row.id.lower(): row for row in _rows(self._sections[provider].unpack())}


@cache
def built_in() -> ModelTable:
    """The table in the package, read once per process and not before it is needed."""
    return ModelTable(FILE.read_bytes())


def facts_of(provider: str, model: str) -> ModelFacts | None:
    """What the built-in table knows of a model at a provider, both by the names they have there."""
    return built_in().facts(provider, model)


def _spellings(name: str) -> Iterator[str]:
    """A name, and what it says without the region, the variant, the date and the version in it."""
    yield name
    yield f"{name}@default"  # as Vertex AI calls the latest of a model
    for pattern in (_REGION, _VARIANT, _VERSION, _DATE, _VERSION):
        shorter = pattern.sub("", name)
        if shorter != name:
            name = shorter
            yield name
