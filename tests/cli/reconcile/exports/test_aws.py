"""Amazon's bills, in the columns of its reports; the rows are made up."""

from datetime import UTC
from pathlib import Path

import pytest

from trigate.cli.reconcile.bill import read_bill
from trigate.cli.reconcile.line import Line, merged
from trigate.core.errors import BadConfig


def lines(folder: Path, text: str) -> list[Line]:
    (folder / "bill").write_text(text)
    form, found = read_bill(folder / "bill", "auto", UTC)
    assert form == "aws"
    return merged(found)


NEWER = (
    "line_item_usage_start_date,line_item_line_item_type,line_item_product_code,line_item_usage_type,"
    "line_item_unblended_cost,line_item_currency_code,product\n"
)


def test_a_newer_report_is_read_by_day(tmp_path: Path):
    text = (
        NEWER + "2026-11-01T03:00:00.000Z,Usage,AmazonBedrock,EUC1-NovaPro-input-tokens,0.0125,USD,{}\n"
        '2026-11-01T23:00:00.000Z,Usage,9xyz,EUC1-MP,1.5,USD,"{""product_name"": ""Claude (Bedrock Edition)""}"\n'
        "2026-11-01T23:00:00.000Z,Tax,AmazonBedrock,,9,USD,{}\n"
        "2026-11-01T23:00:00.000Z,Usage,AmazonS3,EUC1-Requests,9,USD,{}\n"
        "2026-11-02T00:00:00.000Z,DiscountedUsage,AmazonBedrock,EUC1-NovaPro-output-tokens,2,USD,{}\n"
    )
    found = [(each.day, each.model, each.cost) for each in lines(tmp_path, text)]
    assert found == [("2026-11-01", "", 1_512_500_000), ("2026-11-02", "", 2_000_000_000)]


def test_an_older_report_is_read_too(tmp_path: Path):
    text = (
        "lineItem/UsageStartDate,lineItem/LineItemType,lineItem/ProductCode,lineItem/UnblendedCost,lineItem/CurrencyCode\n"
        "2026-11-01T03:00:00Z,Usage,AmazonBedrock,0.5,USD\n"
    )
    (line,) = lines(tmp_path, text)
    assert (line.day, line.cost) == ("2026-11-01", 500_000_000)


def test_other_money_is_not_compared(tmp_path: Path):
    text = NEWER + "2026-11-01T03:00:00Z,Usage,AmazonBedrock,x,1,EUR,{}\n"
    with pytest.raises(BadConfig, match="EUR"):
        lines(tmp_path, text)
