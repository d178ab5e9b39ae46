"""Rows: what they name, and what the audit says of them."""

from sqlalchemy import select

from trigate.store.directory import Agent, Document, Key, Organisation, Team, User
from trigate.store.row import TABLES, columns_of, owners_of, read_rows, shown_of, tenant_of
from trigate.store.store import Store

KEY = Key(id="1", name="k", prefix="tg_x", digest=b"canary", team="t", agent="a", organisation="o", roles=("admin",))


def test_owners_are_all_rows_that_are_named():
    assert set(owners_of(KEY)) == {(Organisation, "o"), (Team, "t"), (Agent, "a")}
    assert list(owners_of(User(name="u", teams=("t", "s")))) == [(Team, "t"), (Team, "s")]
    assert list(owners_of(Organisation(name="o"))) == []


def test_the_audit_says_what_is_set_and_no_secret():
    assert shown_of(KEY) == {"id": "1", "prefix": "tg_x", "agent": "a", "team": "t", "roles": ("admin",)}
    assert shown_of(Document(kind="access", name="d", body=b"canary")) == {"kind": "access"}


def test_an_organisation_belongs_to_itself():
    assert (tenant_of(Organisation(name="o")), tenant_of(KEY)) == ("o", "o")


def test_every_column_has_its_field_and_every_field_its_column():
    for kind, table in TABLES.items():
        fields = set(kind.__struct_fields__) - ({"teams"} if kind is User else set())
        assert set(table.c.keys()) == fields


def test_the_teams_of_users_come_in_one_question(store: Store):
    from trigate.store.identity import Actor

    def make(it) -> None:
        for name in "ab":
            it.create(Team(name=name))
        it.create(User(name="u", teams=("b", "a")))
        it.create(User(name="v"))

    store.change(Actor("root"), make)
    with store.reading() as connection:
        users = read_rows(connection, User, select(TABLES[User]).order_by(TABLES[User].c.name))
    assert [(each.name, each.teams) for each in users] == [("u", ("a", "b")), ("v", ())]
    assert "teams" not in columns_of(users[0])
