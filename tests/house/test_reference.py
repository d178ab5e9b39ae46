"""The reference in the repository is what the code says now."""

from tests.house.sources import ROOT
from tools.price_differences import FILE, compare, text_of
from trigate.cli.reference import every_page
from trigate.llm.model_table import built_in
from trigate.llm.price_table import PriceTable

REFERENCE = ROOT / "docs" / "reference"


def test_every_page_is_as_the_code_would_write_it():
    written = {
        path.relative_to(REFERENCE).as_posix(): path.read_text(encoding="utf-8") for path in REFERENCE.rglob("*.md")
    }
    assert written == every_page(), "run `make docs`"


def test_the_differences_between_the_two_sources_of_prices_are_those_of_now():
    compared, rows = compare(PriceTable(), built_in())
    assert compared > 2_000
    assert 0 < len(rows) < compared / 4
    assert FILE.read_text(encoding="utf-8") == text_of(rows), "run `make docs`"
