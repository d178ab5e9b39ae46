"""Anthropic: answers of the Admin API's usage and cost reports, and the CSV files that its console exports.

Reports come in buckets of time (platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages and
…/cost_report); ask with `group_by[]=model`, and for costs with `group_by[]=description`. Uncached input, cache reads
and cache writes are told apart. Amounts of the cost report are decimal cents; those of the console's file are dollars.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from trigate.cli.reconcile.line import Line, count, day_of, in_dollars, nano
from trigate.cli.reconcile.page import object_of, objects

PROVIDER = "anthropic"
_CENTS = 100
_UNCACHED, _READ, _OUT = "usage_input_tokens_no_cache", "usage_input_tokens_cache_read", "usage_output_tokens"
_WRITTEN = ("usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h", "usage_input_tokens_cache_write")


def fits_table(columns: frozenset[str]) -> bool:
    """See Export."""
    return "usage_date_utc" in columns and bool(columns & {_UNCACHED, "cost_usd"})


def read_row(row: Mapping[str, str], zone: tzinfo, place: str) -> Line | None:
    """See Export."""
    day = day_of(row["usage_date_utc"], zone, place)
    if "cost_usd" in row:
        return Line(day=day, model=row.get("model", ""), cost=nano(row["cost_usd"], place))
    written = sum(count(row.get(name), place) for name in _WRITTEN)
    uncached, read = count(row[_UNCACHED], place), count(row.get(_READ), place)
    return _usage(day, row.get("model_version", ""), uncached, read, written, count(row.get(_OUT), place))


def fits_document(document: Mapping[str, Any]) -> bool:
    """See Export."""
    buckets = objects(document.get("data"))
    return bool(buckets) and all("starting_at" in each and "results" in each for each in buckets)


def read_document(document: Mapping[str, Any], zone: tzinfo, place: str) -> Iterable[Line]:
    """See Export."""
    for bucket in objects(document.get("data")):
        day = day_of(bucket["starting_at"], zone, place)
        for result in objects(bucket.get("results")):
            model = result.get("model") or ""
            if "amount" in result:
                in_dollars(str(result.get("currency") or ""), place)
                yield Line(day=day, model=model, cost=nano(result["amount"], place) // _CENTS)
            elif "uncached_input_tokens" in result:
                yield _read_usage(day, model, result, place)


def _read_usage(day: str, model: str, result: Mapping[str, Any], place: str) -> Line:
    written = sum(count(each, place) for each in object_of(result.get("cache_creation")).values())
    uncached = count(result["uncached_input_tokens"], place)
    read, output = count(result.get("cache_read_input_tokens"), place), count(result.get("output_tokens"), place)
    return _usage(day, model, uncached, read, written, output)


def _usage(day: str, model: str, uncached: int, read: int, written: int, output: int) -> Line:
    return Line(
        day=day, model=model, input=uncached + read + written, cache_read=read, cache_write=written, output=output
    )
