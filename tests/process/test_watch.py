"""Noticing a changed file: each change once, and only when it has come to rest."""

import os
from pathlib import Path

from trigate.process.watch import Watch


def touch(path: Path, text: str, at: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(at, at))


def test_a_change_is_told_once_and_after_it_has_come_to_rest(tmp_path: Path):
    path = tmp_path / "a"
    touch(path, "1", 1)
    watch = Watch(str(path))
    assert not watch.changed()
    touch(path, "2", 2)
    assert not watch.changed()
    touch(path, "22", 3)
    assert [watch.changed() for _ in range(4)] == [False, True, False, False]


def test_a_file_exchanged_by_a_rename_or_a_link_is_a_change(tmp_path: Path):
    for name in ("a", "b"):
        touch(tmp_path / name, "1", 1)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "a")
    watch = Watch(str(link))
    link.unlink()
    link.symlink_to(tmp_path / "b")
    assert [watch.changed() for _ in range(3)] == [False, True, False]


def test_a_file_that_is_gone_is_no_change_until_it_is_back(tmp_path: Path):
    path = tmp_path / "a"
    touch(path, "1", 1)
    watch = Watch(str(path))
    path.unlink()
    assert [watch.changed() for _ in range(3)] == [False, False, False]
    touch(path, "2", 2)
    assert [watch.changed() for _ in range(3)] == [False, True, False]
