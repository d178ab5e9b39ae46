"""Google: Cloud Billing's export to BigQuery, taken out of it as CSV or as JSON, for Vertex AI and the Gemini API.

The columns are those of the standard and the detailed usage cost tables
(docs.cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage). `cost` is read, without
`credits`. What is billed is called by words for people, not by the models' names, so a day is compared as a whole.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from trigate.cli.reconcile.line import Line, day_of, in_dollars, nano
from trigate.cli.reconcile.page import object_of

PROVIDER = "google"
SERVICES = frozenset({"vertex ai", "gemini api", "generative language api", "gemini enterprise agent platform"})
_START = "usage_start_time"
_NAMES = ("service.description", "service_description")


def fits_table(columns: frozenset[str]) -> bool:
    """See Export."""
    return {_START, "cost"} <= columns and not columns.isdisjoint(_NAMES)


def read_row(row: Mapping[str, str], zone: tzinfo, place: str) -> Line | None:
    """See Export."""
    service = next(row[name] for name in _NAMES if name in row)
    return _line(service, row.get("currency", ""), row[_START], row["cost"], zone, place)


def fits_document(document: Mapping[str, Any]) -> bool:
    """See Export."""
    return {_START, "cost", "service"} <= document.keys()


def read_document(document: Mapping[str, Any], zone: tzinfo, place: str) -> Iterable[Line]:
    """See Export."""
    service = str(object_of(document["service"]).get("description", ""))
    currency = str(document.get("currency") or "")
    line = _line(service, currency, document[_START], document["cost"], zone, place)
    return [line] if line is not None else []


def _line(service: str, currency: str, start: Any, cost: Any, zone: tzinfo, place: str) -> Line | None:
    if service.strip().lower() not in SERVICES:
        return None
    in_dollars(currency, place)
    moment = str(start).removesuffix(" UTC")
    return Line(
        day=day_of(f"{moment}+00:00" if moment != start else start, zone, place), model="", cost=nano(cost, place)
    )
