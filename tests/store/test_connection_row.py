"""Connections as rows: one for each subject and server, and no secret among them."""

from sqlalchemy import select, text

from trigate.core.connection import Connection
from trigate.store import audit, schema
from trigate.store.connection_row import (
    drop_connection,
    find_connection,
    get_connection,
    list_connections,
    put_connection,
)
from trigate.store.store import Store


def row(server: str = "it", subject: str = "/user/ada", scope: str = "") -> Connection:
    return Connection(id="", server=server, subject=subject, kind="oauth", user="ada", scope=scope)


def put(store: Store, made: Connection, secret: str = "canary-token") -> str:
    with store.vault("gateway") as vault:
        return put_connection(vault, made, secret).id


def test_what_was_put_is_found_with_its_secret_and_exchanged(store: Store):
    id = put(store, row(scope="a"))
    assert put(store, row(scope="b"), "canary-newer") == id
    with store.vault() as vault:
        found = find_connection(vault, "it", "/user/ada")
        assert found == get_connection(vault, id)
        assert found is not None
        assert (found[0].scope, found[1]) == ("b", "canary-newer")
        assert find_connection(vault, "it", "/user/bob") is None
        assert find_connection(vault, "other", "/user/ada") is None


def test_a_dropped_one_is_gone_with_its_secret(store: Store):
    id = put(store, row())
    with store.vault("root") as vault:
        assert drop_connection(vault, id)
        assert not drop_connection(vault, id)
        assert vault.names() == []
        assert list_connections(vault) == []


def test_they_are_listed_by_whom_they_belong_to(store: Store):
    put(store, row("b"))
    put(store, row("a"))
    put(store, row("a", "/user/bob"))
    with store.vault() as vault:
        assert [each.server for each in list_connections(vault)] == ["a", "a", "b"]
        assert [each.subject for each in list_connections(vault, server="a", subject="/user/bob")] == ["/user/bob"]


def test_no_row_holds_a_secret_and_the_audit_says_who_did_what(store: Store):
    id = put(store, row())
    with store.vault("root") as vault:
        drop_connection(vault, id)
    put(store, row())
    with store.reading() as connection:
        rows = repr([connection.execute(select(table)).all() for table in schema.TABLES.sorted_tables])
        acts = [(each.actor, each.act) for each in reversed(audit.acts(connection)) if each.kind == "connection"]
    assert "canary" not in rows
    assert acts == [("gateway", "create"), ("root", "delete"), ("gateway", "create")]


def test_a_secret_that_was_taken_out_of_the_vault_is_no_connection(store: Store):
    id = put(store, row())
    with store.writing() as connection:
        connection.execute(text("DELETE FROM secrets"))
    with store.vault() as vault:
        assert find_connection(vault, "it", "/user/ada") is None
    with store.vault("root") as vault:
        assert drop_connection(vault, id)
