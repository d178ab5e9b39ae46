"""Where a table of shared counters lies."""

from pathlib import Path

import pytest

from trigate.store import table_file
from trigate.store.shared_tally import SharedTally
from trigate.store.table_file import table_path


def test_the_file_is_named_after_the_directory(tmp_path: Path):
    assert table_path(str(tmp_path)) == table_path(f"{tmp_path}/../{tmp_path.name}")
    assert table_path(str(tmp_path)) != table_path(str(tmp_path / "other"))


def test_without_memory_for_it_the_file_lies_in_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table_file, "MEMORY", tmp_path / "nowhere")
    tally = SharedTally(table_path(str(tmp_path / "data")), 200)
    assert (tmp_path / "data" / "run").stat().st_mode & 0o077 == 0
    tally.drain()
