"""Compare every rate of the table of prices with the second source, and write those that differ.

Neither source is right by itself: one may be newer, or speak of another service of the same provider. Who bills by a
rate that stands here should look at the provider's own page.
"""

import csv
import io
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from trigate.llm.model_table import ModelRow, ModelTable, built_in
from trigate.llm.price_table import PriceTable

FILE = Path(__file__).parent.parent / "docs" / "reference" / "price-differences.csv"
SAME = {
    "aws": "amazon-bedrock",
    "cloudflare": "cloudflare-workers-ai",
    "fireworks": "fireworks-ai",
    "huggingface": "huggingface",
    "novita": "novita-ai",
    "together": "togetherai",
    "x-ai": "xai",
}
"""Providers that the two sources call by different names: first source, second source."""
NANO = 10**9
COLUMNS = ["provider", "model", "above", "rate", "first_usd", "second_usd"]

Tiers = list[dict[str, int]]
_periods = msgspec.json.Decoder(list[dict[str, Any]]).decode


def main() -> None:
    """Write the file, and tell how many rates were compared."""
    compared, rows = compare(PriceTable(), built_in())
    FILE.write_text(text_of(rows), encoding="utf-8")
    sys.stdout.write(f"{compared} rates compared, {len(rows)} differ\n")


def text_of(rows: list[list[str]]) -> str:
    """The file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return out.getvalue()


def compare(first: PriceTable, second: ModelTable) -> tuple[int, list[list[str]]]:
    """How many rates both sources say, and those of them that differ, in order."""
    compared, rows = 0, list[list[str]]()
    for provider in first.providers():
        name = SAME.get(provider, provider)
        for model in second.rows(name) if name in second.providers() else ():
            for above, rate, one, other in pairs(first, provider, model):
                compared += 1
                if one != other:
                    rows.append([provider, model.id, str(above or ""), rate, dollars(one), dollars(other)])
    return compared, sorted(rows)


def pairs(first: PriceTable, provider: str, model: ModelRow) -> Iterator[tuple[int, str, int, int]]:
    """Every rate that both sources say of a model: from which size of the input, which, and both amounts."""
    found = first.periods(provider, model.id)
    if found is None or not bytes(model.periods):
        return
    # The last period is the one that holds when none of the hours before it do.
    ours, theirs = (by_size(_periods(each)[-1]["tiers"]) for each in (found, model.periods))
    for above in sorted(ours.keys() & theirs.keys()):
        for rate in sorted((ours[above].keys() & theirs[above].keys()) - {"above"}):
            yield above, rate, ours[above][rate], theirs[above][rate]


def by_size(tiers: Tiers) -> dict[int, dict[str, int]]:
    """Tiers by the size of the input above which they hold."""
    return {each.get("above", 0): each for each in tiers}


def dollars(nano: int) -> str:
    """An exact decimal number."""
    return f"{(Decimal(nano) / NANO).normalize():f}"


if __name__ == "__main__":
    main()
