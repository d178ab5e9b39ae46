"""Logins: begun, renewed by one alone, seen by their own organisation, and ended for everybody."""

import pytest
from msgspec.structs import replace

from trigate.core.clock import clock
from trigate.core.errors import UnknownName
from trigate.store.audit import acts
from trigate.store.login import Login
from trigate.store.login_row import begin_login, end_all, end_login, ended_logins, find_login, list_logins, turn_login
from trigate.store.store import Store

LOGIN = Login(id="one", user="ada", client="c", resource="r", scope="mcp:tools", how="password", expires=100, created=1)


def begin(store: Store, login: Login = LOGIN) -> None:
    with store.writing("power_safe") as connection:
        begin_login(connection, login)


def test_a_login_is_found_until_it_ends_and_the_audit_knows(store: Store):
    begin(store)
    revision = store.revision()
    with store.writing("power_safe") as connection:
        assert find_login(connection, "one", 99) == LOGIN
        assert find_login(connection, "one", 100) is None
        assert end_login(connection, "one", "user:ada", 50) == LOGIN
        assert find_login(connection, "one", 99) is None
        assert [(each.actor, each.act) for each in acts(connection)][:2] == [
            ("user:ada", "revoke"),
            ("user:ada", "create"),
        ]
    assert store.revision() == revision + 1


def test_ending_it_again_changes_nothing(store: Store):
    begin(store)
    for now in (50, 60):
        with store.writing("power_safe") as connection:
            found = end_login(connection, "one", "x", now)
    assert found.ended == 50


def test_one_of_two_renews_it(store: Store):
    begin(store)
    with store.writing("power_safe") as connection:
        assert turn_login(connection, LOGIN, 10, 200) is True
        assert turn_login(connection, LOGIN, 11, 300) is False
        assert find_login(connection, "one", 150) == replace(LOGIN, generation=1, turned=10, used=10, expires=200)


def test_an_operator_sees_and_ends_those_of_its_organisation(store: Store):
    begin(store, replace(LOGIN, organisation="acme"))
    begin(store, replace(LOGIN, id="two", user="bob", created=2))
    with store.writing("power_safe") as connection:
        assert [each.id for each in list_logins(connection, 0)] == ["two", "one"]
        assert [each.id for each in list_logins(connection, 0, None, {"user": "ada"})] == ["one"]
        assert [each.id for each in list_logins(connection, 0, "acme")] == ["one"]
        assert list_logins(connection, 100) == []
        with pytest.raises(UnknownName):
            end_login(connection, "two", "x", 50, "acme")
        with pytest.raises(UnknownName):
            end_login(connection, "three", "x", 50)


def test_workers_are_told_of_recent_ends(store: Store):
    begin(store)
    now = clock.wall_ns()
    with store.writing("power_safe") as connection:
        end_login(connection, "one", "x", now)
        assert ended_logins(connection, now) == ("one",)
        assert ended_logins(connection, now + 10**15) == ()
    assert store.snapshot().ended == ("one",)


def test_all_of_one_user_end_at_once(store: Store):
    now = 10**18
    for id, user in (("one", "ada"), ("two", "ada"), ("hers", "eve")):
        begin(store, replace(LOGIN, id=id, user=user, expires=2 * now))
    revision = store.revision()
    with store.writing("power_safe") as connection:
        end_all(connection, "ada", "operator:root", now)
        assert [each.id for each in list_logins(connection, now)] == ["hers"]
        assert set(ended_logins(connection, now)) == {"one", "two"}
        last = acts(connection)[0]
        assert (last.actor, last.act, last.kind, last.name) == ("operator:root", "revoke", "logins", "ada")
        end_all(connection, "ada", "operator:root", now + 1)
        assert acts(connection)[0] == last
    assert store.revision() == revision + 1
