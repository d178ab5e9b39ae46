"""Identity as rows: what is made is found, what is in the way is told, and no tenant sees another."""

import pytest
from sqlalchemy import select

from trigate.core.clock import clock
from trigate.core.connection import Connection, Subject
from trigate.core.errors import NameConflict, UnknownName
from trigate.store import audit, schema
from trigate.store.connection_row import list_connections, put_connection
from trigate.store.directory import Agent, Document, Key, Organisation, Team, User, digest_secret
from trigate.store.identity import Actor, Identity
from trigate.store.store import Store

ROOT = Actor("root")
SECOND = 10**9


def wanted(name: str = "ci", **more: object) -> Key:
    return Key(id="", name=name, prefix="", digest=b"", **more)  # pyright: ignore[reportArgumentType]


def furnish(identity: Identity) -> None:
    """Two tenants with a team each, one with a person and an agent."""
    for name in ("acme", "globex"):
        identity.create(Organisation(name=name))
        identity.create(Team(name=f"{name}-team", organisation=name))
    identity.create(User(name="ann", teams=("acme-team",), roles=("editor",)))
    identity.create(Agent(name="bot", team="acme-team"))


@pytest.fixture
def furnished(store: Store) -> Store:
    store.change(ROOT, furnish)
    return store


def test_what_was_created_is_found_with_the_organisation_of_its_team(furnished: Store):
    ann, bot = furnished.look(ROOT, lambda it: (it.get(User, "ann"), it.get(Agent, "bot")))
    assert (ann.organisation, ann.teams, ann.roles) == ("acme", ("acme-team",), ("editor",))
    assert (bot.organisation, bot.team) == ("acme", "acme-team")
    assert ann.created > 0


def test_a_name_is_given_once(furnished: Store):
    with pytest.raises(NameConflict, match="'acme' is taken"):
        furnished.change(ROOT, lambda it: it.create(Organisation(name="acme")))
    with pytest.raises(NameConflict, match="'globex-team' is taken"):
        furnished.change(ROOT, lambda it: it.create(Team(name="globex-team", organisation="acme")))


def test_an_owner_that_does_not_exist_is_named(furnished: Store):
    with pytest.raises(UnknownName, match="there is no team 'nobody'"):
        furnished.change(ROOT, lambda it: it.create_key(wanted(team="nobody")))


def test_what_belongs_to_different_organisations_is_not_bound_together(furnished: Store):
    with pytest.raises(NameConflict, match="another organisation"):
        furnished.change(ROOT, lambda it: it.create_key(wanted(user="ann", team="globex-team")))


def test_a_refused_change_leaves_nothing_behind(furnished: Store):
    before = furnished.revision()

    def half(identity: Identity) -> None:
        identity.create(Team(name="new", organisation="acme"))
        identity.create(Team(name="acme-team", organisation="acme"))

    with pytest.raises(NameConflict):
        furnished.change(ROOT, half)
    assert furnished.revision() == before
    assert [each.name for each in furnished.look(ROOT, lambda it: it.rows(Team))] == ["acme-team", "globex-team"]


def test_a_key_is_found_by_the_digest_of_a_secret_that_is_kept_nowhere(furnished: Store):
    key, secret = furnished.change(ROOT, lambda it: it.create_key(wanted(agent="bot")))
    snapshot = furnished.snapshot()
    assert (secret[:3], len(secret), secret[:10]) == ("tg_", 43, key.prefix)
    assert snapshot.keys == (key,)
    assert digest_secret(snapshot.pepper, secret.encode()) == key.digest
    assert (key.team, key.organisation, key.created_by) == ("", "acme", "root")


def test_a_key_counts_to_the_team_of_its_agent_wherever_that_moves(furnished: Store):
    furnished.change(ROOT, lambda it: it.create_key(wanted(agent="bot")))
    furnished.change(ROOT, lambda it: it.create(Team(name="night", organisation="acme")))

    def teams(team: str) -> list[str]:
        return furnished.look(ROOT, lambda it: [each.team for each in it.with_teams(it.rows(Key, team=team))])

    assert (teams("acme-team"), teams("night")) == (["acme-team"], [])
    furnished.change(ROOT, lambda it: it.update(Agent(name="bot", team="night")))
    assert (teams("acme-team"), teams("night")) == ([], ["night"])


def test_a_key_that_names_a_team_of_its_own_stays_in_it(furnished: Store):
    furnished.change(ROOT, lambda it: it.create(Team(name="night", organisation="acme")))
    furnished.change(ROOT, lambda it: it.create_key(wanted(agent="bot", team="night")))
    (key,) = furnished.look(ROOT, lambda it: it.with_teams(it.rows(Key, team="night")))
    assert key.team == "night"
    assert furnished.look(ROOT, lambda it: it.rows(Key, team="acme-team")) == []


def test_rotation_accepts_the_secret_before_for_a_while(furnished: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "wall_ns", lambda: 1000 * SECOND)
    key, first = furnished.change(ROOT, lambda it: it.create_key(wanted()))
    rotated, second = furnished.change(ROOT, lambda it: it.rotate_key("ci", 60 * SECOND))
    assert first != second
    assert (rotated.id, rotated.previous, rotated.previous_until) == (key.id, key.digest, 1060 * SECOND)
    again, _ = furnished.change(ROOT, lambda it: it.rotate_key(key.id))
    assert (again.previous, again.previous_until) == (b"", 0)


def test_a_revoked_key_is_gone_from_the_snapshot_and_stays_in_the_list(furnished: Store):
    furnished.change(ROOT, lambda it: it.create_key(wanted()))
    revoked = furnished.change(ROOT, lambda it: it.revoke_key("ci"))
    revision = furnished.revision()
    assert furnished.snapshot().keys == ()
    assert furnished.look(ROOT, lambda it: it.rows(Key)) == [revoked]
    assert furnished.change(ROOT, lambda it: it.revoke_key("ci")) == revoked
    assert furnished.revision() == revision
    with pytest.raises(NameConflict, match="was revoked"):
        furnished.change(ROOT, lambda it: it.rotate_key("ci"))


def test_an_expired_key_is_left_out_of_the_snapshot(furnished: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "wall_ns", lambda: 1000 * SECOND)
    furnished.change(ROOT, lambda it: it.create_key(wanted(expires=2000 * SECOND)))
    assert len(furnished.snapshot().keys) == 1
    monkeypatch.setattr(clock, "wall_ns", lambda: 2001 * SECOND)
    assert furnished.snapshot().keys == ()


def test_a_change_of_a_key_touches_neither_its_secret_nor_its_end(furnished: Store):
    key, _ = furnished.change(ROOT, lambda it: it.create_key(wanted()))
    changed = furnished.change(ROOT, lambda it: it.update(Key(id=key.id, name="renamed", prefix="", digest=b"x")))
    assert (changed.name, changed.digest, changed.prefix) == ("renamed", key.digest, key.prefix)


def test_every_change_counts_once_in_the_revision_and_in_the_audit(furnished: Store):
    before = furnished.revision()
    furnished.change(ROOT, lambda it: it.update(User(name="ann", organisation="acme", roles=("viewer",))))
    furnished.change(ROOT, lambda it: it.delete(User, "ann"))
    assert furnished.revision() == before + 2
    with furnished.reading() as connection:
        newest = audit.acts(connection, limit=2)
        assert [(each.act, each.kind, each.name) for each in newest] == [
            ("delete", "user", "ann"),
            ("update", "user", "ann"),
        ]
        assert audit.first_broken(connection) == 0


def test_whoever_comes_later_under_a_name_inherits_no_connections(furnished: Store):
    mine = (Subject("acme", user="ann"), Subject("acme", team="acme-team"), Subject("acme", agent="bot"))
    others = (Subject("acme", user="ann", key="app"), Subject("other", user="ann"), Subject())
    with furnished.vault("gateway") as vault:
        for each in (*mine, *others):
            made = Connection(id="", server="it", subject=each.name, kind="key", user=each.user)
            put_connection(vault, made, "canary-key")
    deleted = [(User, "ann"), (Agent, "bot"), (Team, "acme-team")]
    ended = [furnished.change(ROOT, lambda it, each=each: it.delete(*each)) for each in deleted]
    assert [each.subject for (each,) in ended] == [mine[0].name, mine[2].name, mine[1].name]
    with furnished.vault() as vault:
        assert {each.subject for each in list_connections(vault)} == {each.name for each in others}
        assert len(vault.names()) == len(others)


def test_what_still_has_dependents_is_not_deleted(furnished: Store):
    with pytest.raises(NameConflict, match="organisation 'acme' still has 1 team:"):
        furnished.change(ROOT, lambda it: it.delete(Organisation, "acme"))
    with pytest.raises(NameConflict, match="team 'acme-team' still has 1 agent:"):
        furnished.change(ROOT, lambda it: it.delete(Team, "acme-team"))
    furnished.change(ROOT, lambda it: it.delete(Agent, "bot"))
    with pytest.raises(NameConflict, match="still has 1 user"):
        furnished.change(ROOT, lambda it: it.delete(Team, "acme-team"))


def test_keys_that_no_longer_work_go_with_their_owner(furnished: Store):
    furnished.change(ROOT, lambda it: it.create_key(wanted(agent="bot")))
    with pytest.raises(NameConflict, match="agent 'bot' still has 1 key:"):
        furnished.change(ROOT, lambda it: it.delete(Agent, "bot"))
    furnished.change(ROOT, lambda it: it.revoke_key("ci"))
    furnished.change(ROOT, lambda it: it.delete(Agent, "bot"))
    assert furnished.look(ROOT, lambda it: it.rows(Key)) == []


def test_a_tenant_sees_and_touches_nothing_of_another(furnished: Store):
    tenant = Actor("eve", organisation="globex")
    furnished.change(ROOT, lambda it: it.create_key(wanted(team="acme-team")))
    furnished.change(
        ROOT, lambda it: it.put_document(Document(kind="access", name="r", body=b"{}", organisation="acme"))
    )
    for kind, name in ((Organisation, "acme"), (Team, "acme-team"), (User, "ann"), (Agent, "bot"), (Key, "ci")):
        with pytest.raises(UnknownName):
            furnished.look(tenant, lambda it, kind=kind, name=name: it.get(kind, name))
        assert all(each.name != name for each in furnished.look(tenant, lambda it, kind=kind: it.rows(kind)))
    assert furnished.look(tenant, lambda it: it.documents()) == []
    for forbidden in (
        lambda it: it.revoke_key("ci"),
        lambda it: it.rotate_key("ci"),
        lambda it: it.delete(Team, "acme-team"),
        lambda it: it.delete_document("access", "r"),
        lambda it: it.create(Team(name="x", organisation="acme")),
        lambda it: it.create(Organisation(name="fresh")),
        lambda it: it.create_key(wanted("k", user="ann")),
        lambda it: it.update(User(name="ann", organisation="globex")),
        lambda it: it.put_document(Document(kind="access", name="s", body=b"{}", organisation="acme")),
    ):
        with pytest.raises(UnknownName):
            furnished.change(tenant, forbidden)


def test_what_a_tenant_makes_is_its_own(furnished: Store):
    key, _ = furnished.change(Actor("eve", "globex"), lambda it: it.create_key(wanted()))
    assert key.organisation == "globex"


def test_nothing_moves_to_another_organisation(furnished: Store):
    with pytest.raises(NameConflict, match="cannot move"):
        furnished.change(ROOT, lambda it: it.update(Team(name="acme-team", organisation="globex")))


def test_a_document_is_exchanged_by_its_name(furnished: Store):
    for body in (b'{"a":1}', b'{"a":2}'):
        furnished.change(ROOT, lambda it, body=body: it.put_document(Document(kind="limit", name="d", body=body)))
    assert [each.body for each in furnished.snapshot().documents] == [b'{"a":2}']
    furnished.change(ROOT, lambda it: it.delete_document("limit", "d"))
    assert furnished.snapshot().documents == ()
    with pytest.raises(UnknownName):
        furnished.change(ROOT, lambda it: it.delete_document("limit", "d"))


def test_rows_come_in_pages_and_by_column(furnished: Store):
    names = [each.name for each in furnished.look(ROOT, lambda it: it.rows(Team, limit=1))]
    more = [each.name for each in furnished.look(ROOT, lambda it: it.rows(Team, after=names[0]))]
    assert names + more == ["acme-team", "globex-team"]
    assert [each.name for each in furnished.look(ROOT, lambda it: it.rows(Team, organisation="globex"))] == [
        "globex-team"
    ]
    assert furnished.look(ROOT, lambda it: it.rows(Team, organisation="")) == []


def test_names_with_quotes_are_only_names(furnished: Store):
    name = "x'; DROP TABLE teams; --\"%"
    furnished.change(ROOT, lambda it: it.create(Team(name=name)))
    assert furnished.look(ROOT, lambda it: it.get(Team, name)).name == name


def test_the_snapshot_is_one_state(furnished: Store):
    furnished.change(ROOT, lambda it: it.create_key(wanted(user="ann", team="acme-team")))
    snapshot = furnished.snapshot()
    assert snapshot.revision == furnished.revision()
    assert {each.name for each in snapshot.organisations} == {"acme", "globex"}
    assert [each.teams for each in snapshot.users] == [("acme-team",)]


def test_no_row_holds_a_secret_or_the_pepper(furnished: Store):
    _, secret = furnished.change(ROOT, lambda it: it.create_key(wanted()))
    pepper = furnished.snapshot().pepper
    with furnished.reading() as connection:
        for table in schema.TABLES.sorted_tables:
            held = repr(connection.execute(select(table)).all())
            assert secret not in held
            assert secret[10:] not in held
            assert repr(pepper) not in held
