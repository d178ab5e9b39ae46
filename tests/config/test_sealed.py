"""Secrets of the vault in a file: read by the store that the same file describes, or told why not."""

import sys
from pathlib import Path

import pytest

from trigate.config.load import load_text
from trigate.config.problem import InvalidConfig
from trigate.core.settings import Secret
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

MASTER = "0123456789abcdef0123456789abcdef"
SECRET = "canary-0123456789abcdef"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a store that holds one secret."""
    store = Store(StoreSettings(directory=str(tmp_path / "data"), master_key=Secret(MASTER)))
    with store.vault("root") as vault:
        vault.put("dev", SECRET)
    store.close()
    return tmp_path


def load(folder: Path, secret: str, master: str = "${MASTER}", **variables: str) -> object:
    store = f'store: {{ directory: {folder}/data, master_key: "{master}" }}'
    text = f'{store}\npolicy: {{ keys: {{ dev: {{ secret: "{secret}" }} }} }}\n'
    return load_text(text, "trigate.yaml", {"MASTER": MASTER, **variables}).policy.keys["dev"].secret.reveal()


def test_a_secret_of_the_vault_stands_where_it_is_named(folder: Path):
    assert load(folder, "${sealed:dev}") == SECRET
    assert load(folder, "x-${sealed:dev}") == f"x-{SECRET}"


def test_a_secret_that_is_not_there_is_told_with_its_place_and_remedy(folder: Path):
    with pytest.raises(InvalidConfig, match=r"trigate.yaml:2:.*no secret 'nobody'.*trigate vault set nobody"):
        load(folder, "${sealed:nobody}")


def test_a_wrong_master_key_is_told_and_shows_nothing(folder: Path):
    with pytest.raises(InvalidConfig, match="check store") as told:
        load(folder, "${sealed:dev}", MASTER="w" * 32)
    assert SECRET not in str(told.value)


def test_the_store_cannot_be_opened_with_its_own_secrets(folder: Path):
    with pytest.raises(InvalidConfig, match="cannot"):
        load(folder, "${sealed:dev}", master="${sealed:dev}")


def test_a_file_without_such_a_name_asks_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere")
    assert load(folder, "$${sealed:dev}-and-more") == "${sealed:dev}-and-more"
