"""The vault: secrets come back to whoever has the master key, and the database alone tells nothing."""

import pytest
from sqlalchemy import select, text

from trigate.core.errors import BadConfig, UnknownName, VaultSealed
from trigate.core.settings import Secret
from trigate.store import audit, schema
from trigate.store.directory import Team
from trigate.store.identity import Actor
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


@pytest.fixture
def filled(store: Store) -> Store:
    with store.vault("root") as vault:
        vault.put("openai", "canary-one")
        vault.put("github", "canary-two")
    return store


def held(store: Store, *names: str) -> list[str]:
    with store.vault() as vault:
        return [vault.get(name) for name in names]


def test_a_secret_comes_back_and_is_exchanged_by_name(filled: Store):
    assert held(filled, "openai", "github") == ["canary-one", "canary-two"]
    with filled.vault("root") as vault:
        vault.put("openai", "canary-three")
    assert held(filled, "openai") == ["canary-three"]
    with filled.vault() as vault:
        assert [each.name for each in vault.names()] == ["github", "openai"]


def test_a_secret_that_is_not_there_is_told(filled: Store):
    with filled.vault("root") as vault:
        vault.delete("openai")
    for act in ("get", "delete"):
        with pytest.raises(UnknownName, match="no secret 'openai'"), filled.vault("root") as vault:
            getattr(vault, act)("openai")


def test_no_row_of_the_database_holds_a_secret(filled: Store):
    with filled.reading() as connection:
        rows = repr([connection.execute(select(table)).all() for table in schema.TABLES.sorted_tables])
    assert "canary" not in rows
    assert "openai" in rows


def test_a_secret_opens_only_in_its_own_row(filled: Store):
    with filled.writing() as connection:
        connection.execute(
            text("UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'github') WHERE name = 'openai'")
        )
    with pytest.raises(VaultSealed):
        held(filled, "openai")
    assert held(filled, "github") == ["canary-two"]


def test_rotation_seals_everything_anew_and_forgets_the_old_key(filled: Store):
    def sealed() -> set[bytes]:
        with filled.reading() as connection:
            return {*connection.execute(select(schema.secrets.c.sealed)).scalars()}

    before = sealed()
    with filled.vault("root") as vault:
        assert vault.rotate() == 2
    assert not before & sealed()
    assert held(filled, "openai", "github") == ["canary-one", "canary-two"]
    with filled.reading() as connection:
        assert connection.execute(select(schema.vault_keys.c.version)).scalars().all() == [2]


def test_another_master_key_takes_over_everything_at_once(filled: Store, settings: StoreSettings):
    filled.change(Actor("root"), lambda it: it.create(Team(name="first")))
    pepper = filled.snapshot().pepper
    assert filled.entrust("n" * 32, "root") == 2
    assert held(filled, "openai") == ["canary-one"]
    changed = Store(StoreSettings(directory=settings.directory, url=settings.url, master_key=Secret("n" * 32)))
    assert held(changed, "openai", "github") == ["canary-one", "canary-two"]
    assert changed.snapshot().pepper == pepper
    changed.close()
    old = Store(settings)
    with pytest.raises(VaultSealed):
        held(old, "openai")
    with pytest.raises(VaultSealed):
        old.snapshot()
    old.close()


def test_a_wrong_master_key_serves_nothing_and_writes_nothing(filled: Store, settings: StoreSettings):
    wrong = Store(StoreSettings(directory=settings.directory, url=settings.url, master_key=Secret("w" * 32)))
    for act in (lambda it: it.get("openai"), lambda it: it.put("new", "canary"), lambda it: it.rotate()):
        with pytest.raises(VaultSealed, match="check store"), wrong.vault("root") as vault:
            act(vault)
    wrong.close()
    assert held(filled, "openai", "github") == ["canary-one", "canary-two"]


def test_a_master_key_that_can_be_guessed_takes_nothing_over(filled: Store):
    with pytest.raises(BadConfig):
        filled.entrust("short", "root")


def test_every_change_is_in_the_audit_without_the_secret(filled: Store):
    with filled.vault("root") as vault:
        vault.rotate()
        vault.delete("github")
    with filled.reading() as connection:
        acts = audit.acts(connection)
        assert [(each.act, each.name) for each in acts] == [
            ("delete", "github"), ("rotate", ""), ("create", "github"), ("create", "openai"),
        ]  # fmt: skip
        assert "canary" not in repr(acts)
