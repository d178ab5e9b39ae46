"""The master key: from the settings or a file for its owner alone, and no other opens what it sealed."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from trigate.core.errors import BadConfig, VaultSealed
from trigate.core.settings import Secret
from trigate.store.master_key import derive, new_pepper, open_pepper, read_master_key
from trigate.store.settings import StoreSettings

GIVEN = Secret("0123456789abcdef0123456789abcdef")


def test_without_a_setting_a_file_is_made_once_for_its_owner_alone(tmp_path: Path):
    settings = StoreSettings(directory=str(tmp_path / "new"))
    first = read_master_key(settings)
    assert read_master_key(settings) == first
    assert (tmp_path / "new" / "master.key").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["master.key"]


def test_a_setting_makes_no_file(tmp_path: Path):
    settings = StoreSettings(directory=str(tmp_path), master_key=GIVEN)
    assert read_master_key(settings) == read_master_key(settings)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_others_can_read_is_refused(tmp_path: Path):
    read_master_key(StoreSettings(directory=str(tmp_path)))
    (tmp_path / "master.key").chmod(0o640)
    with pytest.raises(BadConfig, match="chmod 600"):
        read_master_key(StoreSettings(directory=str(tmp_path)))


def test_an_empty_file_is_refused(tmp_path: Path):
    (tmp_path / "master.key").touch(0o600)
    with pytest.raises(BadConfig, match="does not hold"):
        read_master_key(StoreSettings(directory=str(tmp_path)))


class Keyring(ModuleType):
    """The library, with a keyring of one entry."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept = {("trigate", "gateway-1"): GIVEN.reveal()}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        if self.locked:
            raise RuntimeError(f"locked, and it knows {GIVEN.reveal()}")
        return self.kept.get((service, name))


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    found = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", found)
    return found


def from_keyring(folder: Path, name: str) -> bytes:
    return read_master_key(StoreSettings(directory=str(folder), master_key=Secret(f"keyring:{name}")))


def test_the_system_keyring_may_hold_it(keyring: Keyring, tmp_path: Path):
    given = StoreSettings(directory=str(tmp_path), master_key=GIVEN)
    assert from_keyring(tmp_path, "gateway-1") == read_master_key(given)
    assert list(tmp_path.iterdir()) == []


def test_a_keyring_without_it_is_told_by_name(keyring: Keyring, tmp_path: Path):
    with pytest.raises(BadConfig, match="`keyring set trigate other`"):
        from_keyring(tmp_path, "other")
    keyring.kept["trigate", "short"] = "guessed"
    with pytest.raises(BadConfig, match="at least 32"):
        from_keyring(tmp_path, "short")


def test_a_keyring_that_cannot_be_read_is_told_without_its_secrets(keyring: Keyring, tmp_path: Path):
    keyring.locked = True
    with pytest.raises(BadConfig, match=r"cannot be read: RuntimeError$") as told:
        from_keyring(tmp_path, "gateway-1")
    assert GIVEN.reveal() not in str(told.value)


def test_a_keyring_without_its_library_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(BadConfig, match=r"trigate\[keyring\]"):
        from_keyring(tmp_path, "gateway-1")


def test_keys_of_different_purposes_differ(tmp_path: Path):
    master = read_master_key(StoreSettings(directory=str(tmp_path)))
    assert len({derive(master, "a"), derive(master, "b"), master}) == 3


def test_a_pepper_opens_with_its_own_master_key_only(tmp_path: Path):
    one, other = (read_master_key(StoreSettings(directory=str(tmp_path / name))) for name in "ab")
    sealed = new_pepper(one)
    assert len(open_pepper(one, sealed)) == 32
    with pytest.raises(VaultSealed, match="check store"):
        open_pepper(other, sealed)
