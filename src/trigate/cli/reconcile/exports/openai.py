"""OpenAI: answers of the usage and costs endpoints, and the CSV files that its dashboard exports.

Usage of completions and embeddings, and costs, come in buckets of time (API reference, "Usage" and "Costs":
developers.openai.com/api/docs/api-reference/usage); ask with `group_by=model`, and for costs with `group_by=line_item`.
Input tokens include cached ones. Items of costs are named `MODEL, input` and the like.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from trigate.cli.reconcile.line import Line, count, day_of, nano
from trigate.cli.reconcile.page import object_of, objects
from trigate.core.errors import BadConfig

PROVIDER = "openai"
_COSTS = "organization.costs.result"
_USAGE = ("organization.usage.completions.result", "organization.usage.embeddings.result")
_COUNTS = {
    "input_tokens": "input",
    "input_cached_tokens": "cache_read",
    "output_tokens": "output",
    "num_model_requests": "requests",
}


def fits_table(columns: frozenset[str]) -> bool:
    """See Export."""
    return "start_time" in columns and bool(columns & {"amount_value", "num_model_requests"})


def read_row(row: Mapping[str, str], zone: tzinfo, place: str) -> Line | None:
    """See Export."""
    day = day_of(row["start_time"], zone, place)
    if "amount_value" in row:
        if not row["amount_value"]:
            return None
        return _cost(day, row["amount_value"], row.get("amount_currency", ""), row.get("line_item", ""), place)
    return _usage(day, row, place) if row.get("num_model_requests") else None


def fits_document(document: Mapping[str, Any]) -> bool:
    """See Export."""
    buckets = objects(document.get("data"))
    return document.get("object") == "page" and all(each.get("object") == "bucket" for each in buckets)


def read_document(document: Mapping[str, Any], zone: tzinfo, place: str) -> Iterable[Line]:
    """See Export."""
    for bucket in objects(document.get("data")):
        day = day_of(bucket.get("start_time"), zone, place)
        for result in objects(bucket.get("results")):
            kind = result.get("object")
            if kind == _COSTS:
                amount = object_of(result.get("amount"))
                item = result.get("line_item") or ""
                yield _cost(day, amount.get("value"), amount.get("currency", ""), item, place)
            elif kind in _USAGE:
                yield _usage(day, result, place)


def _usage(day: str, counts: Mapping[str, Any], place: str) -> Line:
    line = Line(day=day, model=counts.get("model") or "")
    for column, name in _COUNTS.items():
        if counts.get(column) not in (None, ""):
            setattr(line, name, count(counts[column], f"{place} {column}"))
    return line


def _cost(day: str, amount: Any, currency: str, item: str, place: str) -> Line:
    if currency and currency.lower() != "usd":
        raise BadConfig(f"{place}: the amount is in {currency}; only dollars can be compared")
    return Line(day=day, model=item.partition(",")[0].strip(), cost=nano(amount, place))
