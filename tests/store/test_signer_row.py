"""Keys that sign: public for everybody, private in the vault, forgotten when nothing of them is in use."""

import pytest
from sqlalchemy import text

from trigate.core.clock import clock
from trigate.core.errors import UnknownName
from trigate.store.login import Signer
from trigate.store.signer_row import add_signer, list_signers, read_private
from trigate.store.store import Store
from trigate.store.vault import Vault


def add(store: Store, id: str, created: int, until: int) -> None:
    with store.writing("power_safe") as connection:
        signer = Signer(id=id, public="{}", created=created, until=until)
        add_signer(connection, Vault(connection, store.master, "portal"), signer, f"canary-{id}")


def test_the_newest_signs_and_the_one_before_is_still_known(store: Store):
    add(store, "a", 1, 100)
    add(store, "b", 50, 200)
    with store.reading() as connection:
        assert [each.id for each in list_signers(connection, 60)] == ["b", "a"]
        assert [each.id for each in list_signers(connection, 100)] == ["b"]
        assert read_private(Vault(connection, store.master, ""), "a") == "canary-a"
        assert "canary" not in repr(connection.execute(text("SELECT * FROM signers")).all())


def test_what_has_run_out_is_forgotten_and_workers_are_told(store: Store):
    now = clock.wall_ns()
    add(store, "a", 1, 2)
    revision = store.revision()
    add(store, "b", now, now + 10**15)
    assert store.revision() == revision + 1
    assert [each.id for each in store.snapshot().signers] == ["b"]
    with store.reading() as connection, pytest.raises(UnknownName):
        read_private(Vault(connection, store.master, ""), "a")
