"""The reference in the repository is what the code says now."""

from tests.house.sources import ROOT
from trigate.cli.reference import every_page

REFERENCE = ROOT / "docs" / "reference"


def test_every_page_is_as_the_code_would_write_it():
    written = {
        path.relative_to(REFERENCE).as_posix(): path.read_text(encoding="utf-8") for path in REFERENCE.rglob("*.md")
    }
    assert written == every_page(), "run `make docs`"
