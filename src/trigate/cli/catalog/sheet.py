"""Everything that is known of one model, for people to read."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from trigate.cli.operate.table import money
from trigate.llm.model_facts import CAPABILITIES
from trigate.llm.model_table import ModelRow, ModelTable

UNITS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache read",
    "cache_write": "cache write",
    "reasoning": "reasoning",
    "audio_input": "audio input",
    "audio_output": "audio output",
}
"""What has a price, and how it is called."""


def lines_of(provider: str, row: ModelRow, table: ModelTable) -> list[str]:
    """One line per fact."""
    facts = row.facts()
    told: dict[str, str] = {
        "context": _tokens(facts.context),
        "most input": _tokens(facts.most_input),
        "most output": _tokens(facts.most_output),
        "takes": ", ".join(sorted(facts.input)),
        "gives": ", ".join(sorted(facts.output)),
        "can": ", ".join(name for name in CAPABILITIES if facts.can(name)),
        "cannot": ", ".join(name for name in CAPABILITIES if facts.can(name) is False),
        "released": facts.released,
        "status": facts.status,
        **dict(prices_of(row)),
        "source": f"{table.source}, {table.date}",
    }
    shown = {name: text for name, text in told.items() if text}
    width = max(map(len, shown))
    return [f"{provider}/{row.id}", *[f"  {name:<{width}}  {text}" for name, text in shown.items()]]


def prices_of(row: ModelRow) -> Iterator[tuple[str, str]]:
    """Dollars per million tokens, by size of the input."""
    if not bytes(row.periods):
        return
    for period in msgspec.json.decode(row.periods, type=list[dict[str, Any]]):
        for tier in period["tiers"]:
            above = tier.get("above")
            yield (f"price above {above}" if above else "price"), _rates(tier)


def _rates(tier: Mapping[str, int]) -> str:
    return ", ".join(f"{UNITS[name]} ${money(tier[name])}" for name in UNITS if name in tier)


def _tokens(count: int) -> str:
    return f"{count:,} tokens" if count else ""
