"""The tests mirror the tree: who reads a source file knows where its test is."""

from pathlib import Path

from tests.house.sources import PACKAGE, TESTS, functions, place, sources

EXCUSED: dict[str, str] = {}
"""Source files without a test of their own, each with the reason; a file that gets its test must leave this list."""


def mirror(path: Path) -> Path:
    return TESTS / path.relative_to(PACKAGE).with_name(f"test_{path.name}")


def has_behaviour(path: Path) -> bool:
    return not path.name.startswith("__") and any(functions(path))


def test_every_source_file_with_behaviour_has_its_test_file():
    missing = {place(path) for path in sources() if has_behaviour(path) and not mirror(path).is_file()}
    assert missing == set(EXCUSED)
