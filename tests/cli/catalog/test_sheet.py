"""What is known of a model, told to people."""

from trigate.cli.catalog.sheet import lines_of, prices_of
from trigate.llm.model_source import compile_table
from trigate.llm.model_table import ModelTable, built_in

COST = {"input": 1, "output": 2, "tiers": [{"tier": {"size": 500}, "input": 3, "output": 4}]}


def test_everything_known_has_a_line():
    row = built_in().row("anthropic", "claude-sonnet-4-5")
    assert row is not None
    text = "\n".join(lines_of("anthropic", row, built_in()))
    assert text.startswith("anthropic/claude-sonnet-4-5\n")
    for said in ("200,000 tokens", "64,000 tokens", "image, pdf, text", "2025-09-29", "models.dev", "cache read $0.30"):
        assert said in text
    assert "status" not in text


def test_prices_are_told_by_the_size_of_the_input():
    table = ModelTable(compile_table({"lab": {"models": {"m": {"cost": COST}, "free": {}}}}, "s", "d", "n"))
    prices = {row.id: list(prices_of(row)) for row in table.rows("lab")}
    assert prices["m"] == [("price", "input $1.00, output $2.00"), ("price above 500", "input $3.00, output $4.00")]
    assert prices["free"] == []
