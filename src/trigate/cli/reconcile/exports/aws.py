"""Amazon: Cost and Usage Reports as CSV, of either version, for Bedrock.

The columns are those of the Data Exports (docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html) and of
the older reports, which write `lineItem/UnblendedCost`. Usage alone is read: no taxes, credits and refunds. A report
calls models by names of its own, those of the marketplace among them, so a day is compared as a whole.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from trigate.cli.reconcile.line import Line, day_of, in_dollars, nano

PROVIDER = "aws"
_COST, _START, _TYPE = "line_item_unblended_cost", "line_item_usage_start_date", "line_item_line_item_type"
_USED = frozenset({"Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"})
_NAMES = (
    "line_item_product_code", "product_product_name", "product_servicecode", "product", "line_item_usage_type",
    "line_item_line_item_description",
)  # fmt: skip


def fits_table(columns: frozenset[str]) -> bool:
    """See Export."""
    return {_COST, _START, _TYPE} <= {_newer(each) for each in columns}


def read_row(row: Mapping[str, str], zone: tzinfo, place: str) -> Line | None:
    """See Export."""
    said = {_newer(name): value for name, value in row.items()}
    if said[_TYPE] not in _USED or not any("bedrock" in said.get(name, "").lower() for name in _NAMES):
        return None
    in_dollars(said.get("line_item_currency_code", ""), place)
    return Line(day=day_of(said[_START], zone, place), model="", cost=nano(said[_COST], place))


def fits_document(document: Mapping[str, Any]) -> bool:
    """See Export."""
    return False


def read_document(document: Mapping[str, Any], zone: tzinfo, place: str) -> Iterable[Line]:
    """See Export."""
    return ()


_OLDER = {
    "lineitem/unblendedcost": _COST,
    "lineitem/usagestartdate": _START,
    "lineitem/lineitemtype": _TYPE,
    "lineitem/currencycode": "line_item_currency_code",
    "lineitem/productcode": "line_item_product_code",
    "lineitem/usagetype": "line_item_usage_type",
    "lineitem/lineitemdescription": "line_item_line_item_description",
    "product/productname": "product_product_name",
    "product/servicecode": "product_servicecode",
}


def _newer(column: str) -> str:
    """What the newer reports call a column."""
    return _OLDER.get(column, column)
