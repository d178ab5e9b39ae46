"""The documents point to what exists."""

import re
from pathlib import Path

import pytest

from tests.house.sources import ROOT, place, versioned

LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]+)(?:#[^)\s]*)?\)")
COMMAND = re.compile(r"`make ([a-z]+)`")
SOURCE = re.compile(r"`((?:src|tests|docs|tools|bench|examples)/[\w./-]+)`")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def documents() -> list[Path]:
    return [path for path in versioned() if path.suffix == ".md"]


@pytest.mark.parametrize("document", documents(), ids=place)
def test_every_link_leads_somewhere(document: Path):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", documents(), ids=place)
def test_every_file_named_in_a_document_exists(document: Path):
    names = SOURCE.findall(document.read_text(encoding="utf-8"))
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", documents(), ids=place)
def test_every_command_named_in_a_document_exists(document: Path):
    assert set(COMMAND.findall(document.read_text(encoding="utf-8"))) <= TARGETS


def test_the_makefile_has_the_commands_a_contributor_expects():
    assert {"run", "test", "proof", "check", "bench", "fix", "docs", "clean"} <= TARGETS
