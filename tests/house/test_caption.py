"""Every module says in one sentence what it is, and the README shows the sentences of the top level."""

from pathlib import Path

from tests.house.sources import ROOT, TESTS, caption, place, sources
from tools.tree import END, START, tree


def test_every_module_opens_with_a_caption_of_one_sentence():
    modules = [
        *sources(),
        *(ROOT / "tools").rglob("*.py"),
        *(ROOT / "bench").rglob("*.py"),
        *(path for path in TESTS.rglob("*.py") if "node_modules" not in path.parts),
    ]
    bad = [place(path) for path in modules if not (is_sentence(caption(path)) or is_empty_marker(path))]
    assert bad == []


def is_empty_marker(path: Path) -> bool:
    """An empty `__init__.py` among the tests only makes a folder importable."""
    return path.name == "__init__.py" and path.is_relative_to(TESTS) and not path.read_bytes()


def is_sentence(line: str) -> bool:
    return line.endswith(".") and not line.endswith("..") and len(line) <= 120


def test_the_tree_in_the_readme_is_the_captions_of_the_packages():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition(START)[2].partition(END)[0]
    assert shown.strip() == tree().strip(), "run `make docs`"
