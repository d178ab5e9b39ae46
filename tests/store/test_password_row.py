"""Passwords: one each, gone with their user, and never on record."""

from trigate.store.audit import acts
from trigate.store.directory import User
from trigate.store.identity import Actor
from trigate.store.password_row import find_password, set_password
from trigate.store.store import Store

ADA = User(name="ada")


def test_a_password_is_kept_exchanged_and_taken_away(store: Store):
    store.change(Actor("root"), lambda it: it.create(ADA))
    with store.writing("power_safe") as connection:
        for hashed in ("first-canary", "second-canary", ""):
            set_password(connection, ADA, hashed, "root")
            assert find_password(connection, "ada") == hashed
        assert "canary" not in repr(acts(connection))
        assert acts(connection)[0].kind == "password"


def test_it_goes_with_its_user(store: Store):
    store.change(Actor("root"), lambda it: it.create(ADA))
    with store.writing("power_safe") as connection:
        set_password(connection, ADA, "hash", "root")
    store.change(Actor("root"), lambda it: it.delete(User, "ada"))
    with store.reading() as connection:
        assert find_password(connection, "ada") == ""
