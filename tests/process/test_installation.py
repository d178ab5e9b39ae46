"""What processes of one installation have in common, and those of another do not."""

from pathlib import Path

import pytest

from trigate.core.errors import BadConfig
from trigate.core.settings import Secret
from trigate.process.installation import Installation
from trigate.store.settings import StoreSettings


def at(directory: Path, master_key: Secret | None = None) -> Installation:
    return Installation(StoreSettings(directory=str(directory), master_key=master_key))


def test_secrets_are_the_same_for_all_who_have_the_directory(tmp_path: Path):
    one, two, other = at(tmp_path / "one"), at(tmp_path / "one"), at(tmp_path / "other")
    assert one.derive("a") == two.derive("a")
    assert len({one.derive("a"), one.derive("b"), other.derive("a")}) == 3
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "one").glob("master*")] == [0o600]


def test_machines_with_the_same_master_key_have_the_same_secrets(tmp_path: Path):
    key = Secret("0123456789abcdef0123456789abcdef")
    one, two = (at(tmp_path / name, master_key=key) for name in ("one", "two"))
    assert one.derive("a") == two.derive("a")
    assert not (tmp_path / "one").exists()


def test_memory_is_the_same_for_all_who_have_the_directory(tmp_path: Path):
    one, two = at(tmp_path), at(tmp_path)
    one.share("things", 64).memory[0] = 5
    assert two.share("things", 64).memory[0] == 5


def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path):
    one = at(tmp_path)
    one.derive("a")
    (found,) = tmp_path.glob("master*")
    found.chmod(0o644)
    with pytest.raises(BadConfig):
        at(tmp_path).derive("a")
