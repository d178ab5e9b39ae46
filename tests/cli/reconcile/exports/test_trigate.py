"""Our own form."""

from datetime import UTC
from pathlib import Path

from trigate.cli.reconcile.bill import read_bill


def test_any_of_its_columns_may_be_left_out(tmp_path: Path):
    (tmp_path / "bill.csv").write_text(
        'Day,Model,USD,input_tokens,cache_read_tokens,output_tokens,requests\n2026-11-01,gpt-5,"1,000.5",120,20,30,2\n'
        "2026-11-02,gpt-5,2,,,,\n"
    )
    form, (first, second) = read_bill(tmp_path / "bill.csv", "auto", UTC)
    assert form == "trigate"
    assert (first.cost, first.input, first.cache_read, first.output, first.requests) == (
        1_000_500_000_000,
        120,
        20,
        30,
        2,
    )
    assert (second.cost, second.input, second.requests) == (2_000_000_000, None, None)
