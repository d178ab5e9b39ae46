"""OpenRouter: answers of its activity endpoint, and the CSV files that its activity page exports.

The endpoint (openrouter.ai/docs/api/api-reference/analytics/get-user-activity) gives a line for each day (UTC), model
and endpoint; the page exports either such lines, or one for each generation. Money is dollars of credits. What was
paid to a provider with a key of one's own is not in it.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from trigate.cli.reconcile.line import Line, count, day_of, nano
from trigate.cli.reconcile.page import objects

PROVIDER = "openrouter"
_DAILY = ({"date", "model", "usage"}, {"date", "slug", "usage"})
_EACH = {"generation_id", "created_at", "cost_total", "model_permaslug"}


def fits_table(columns: frozenset[str]) -> bool:
    """See Export."""
    return columns >= _EACH or any(columns >= each for each in _DAILY)


def read_row(row: Mapping[str, str], zone: tzinfo, place: str) -> Line | None:
    """See Export."""
    if "generation_id" in row:
        return Line(
            day=day_of(row["created_at"], zone, place),
            model=row["model_permaslug"],
            cost=nano(row["cost_total"], place),
            input=count(row.get("tokens_prompt"), place),
            output=count(row.get("tokens_completion"), place),
            requests=1,
        )
    named = {name.replace(" ", "_"): value for name, value in row.items()}
    return _daily(named, zone, place)


def fits_document(document: Mapping[str, Any]) -> bool:
    """See Export."""
    items = objects(document.get("data"))
    return bool(items) and all({"date", "model", "usage"} <= each.keys() for each in items)


def read_document(document: Mapping[str, Any], zone: tzinfo, place: str) -> Iterable[Line]:
    """See Export."""
    return [_daily(each, zone, place) for each in objects(document.get("data"))]


def _daily(item: Mapping[str, Any], zone: tzinfo, place: str) -> Line:
    return Line(
        day=day_of(item["date"], zone, place),
        model=item.get("model") or item.get("slug") or "",
        cost=nano(item["usage"], place),
        input=count(item.get("prompt_tokens"), place),
        output=count(item.get("completion_tokens"), place),
        requests=count(item.get("requests"), place),
    )
