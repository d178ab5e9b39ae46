"""Azure: cost and usage details as CSV, for Azure OpenAI and the models of Foundry.

The columns are those of the exports of Cost Management, in any spelling of their letters
(learn.microsoft.com/azure/cost-management-billing/automate/understand-usage-details-fields). A meter is called by the
maker's model, the gateway's ledger by the deployment, so a day is compared as a whole.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from trigate.cli.reconcile.line import Line, day_of, in_dollars, nano

PROVIDER = "azure"
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})$").fullmatch
_DOLLARS, _BILLED = "costinusd", "costinbillingcurrency"
_CURRENCIES = ("billingcurrency", "billingcurrencycode")
_MARKS = ("openai", "foundry models", "foundry tools", "ai foundry")


def fits_table(columns: frozenset[str]) -> bool:
    """See Export."""
    return {"date", "metercategory", "metername"} <= columns and not columns.isdisjoint({_DOLLARS, _BILLED})


def read_row(row: Mapping[str, str], zone: tzinfo, place: str) -> Line | None:
    """See Export."""
    names = (row.get(name, "").lower() for name in ("metercategory", "metersubcategory", "productname", "metername"))
    if not any(mark in name for name in names for mark in _MARKS):
        return None
    if row.get(_DOLLARS, "").strip():
        cost = row[_DOLLARS]
    else:
        in_dollars(next((row[name] for name in _CURRENCIES if name in row), ""), place)
        cost = row.get(_BILLED, "")
    return Line(day=_day(row["date"], zone, place), model="", cost=nano(cost, place))


def fits_document(document: Mapping[str, Any]) -> bool:
    """See Export."""
    return False


def read_document(document: Mapping[str, Any], zone: tzinfo, place: str) -> Iterable[Line]:
    """See Export."""
    return ()


def _day(text: str, zone: tzinfo, place: str) -> str:
    """Days are written as in America, or as everywhere."""
    found = _AMERICAN(text.strip())
    return f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found else day_of(text, zone, place)
