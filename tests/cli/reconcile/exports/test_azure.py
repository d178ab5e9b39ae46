"""Azure's bills, in the columns of its exports; the rows are made up."""

from datetime import UTC
from pathlib import Path

import pytest

from trigate.cli.reconcile.bill import read_bill
from trigate.cli.reconcile.line import Line, merged
from trigate.core.errors import BadConfig


def lines(folder: Path, text: str) -> list[Line]:
    (folder / "bill").write_text(text)
    form, found = read_bill(folder / "bill", "auto", UTC)
    assert form == "azure"
    return merged(found)


def test_details_are_read_by_day(tmp_path: Path):
    text = (
        "Date,MeterCategory,MeterSubCategory,MeterName,CostInBillingCurrency,BillingCurrency\n"
        "11/02/2026,Cognitive Services,Azure OpenAI,gpt 4.1 Inp glbl Tokens,0.25,USD\n"
        "2026-11-02,Foundry Models,gpt-5,gpt-5 Outp glbl Tokens,0.5,USD\n"
        "11/02/2026,Storage,Blob,Write,9,USD\n"
    )
    (line,) = lines(tmp_path, text)
    assert (line.day, line.model, line.cost) == ("2026-11-02", "", 750_000_000)


def test_dollars_go_before_the_billing_currency(tmp_path: Path):
    text = (
        "date,meterCategory,meterName,costInUsd,costInBillingCurrency,billingCurrency\n"
        "2026-11-02,Azure OpenAI,gpt-4.1,1.1,1,EUR\n"
    )
    (line,) = lines(tmp_path, text)
    assert line.cost == 1_100_000_000


def test_other_money_is_not_compared(tmp_path: Path):
    text = "date,meterCategory,meterName,costInBillingCurrency,billingCurrencyCode\n2026-11-02,Azure OpenAI,x,1,EUR\n"
    with pytest.raises(BadConfig, match="EUR"):
        lines(tmp_path, text)
