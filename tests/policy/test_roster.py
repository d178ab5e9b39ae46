"""The keys of the store in a worker: found, rotated, revoked, expired, and always the same object until then."""

import pytest
from msgspec import structs

from tests.policy.rows import PEPPER, key, secret, snapshot
from trigate.core.clock import clock
from trigate.core.principal import UNRESTRICTED, Principal, Restriction
from trigate.policy.bulletin import Whole, difference
from trigate.policy.roster import Roster
from trigate.store.directory import Agent, Document, Key, Snapshot, Team, User, digest_secret

NOW = 1_800_000_000 * 10**9


@pytest.fixture(autouse=True)
def held_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still unless a test moves it."""
    monkeypatch.setattr(clock, "wall_ns", lambda: NOW)


class Store:
    """A store that tells a roster every change the way the control process does."""

    def __init__(self, *keys: Key, **others: object) -> None:
        self.now = snapshot(1, *keys, **others)
        self.roster = Roster()
        self.roster.take(Whole(self.now))

    def change(self, *keys: Key, **others: object) -> None:
        before = self.now
        self.now = snapshot(before.revision + 1, *keys, **others)
        assert self.roster.take(difference(before, self.now))

    def find(self, name: str = "a") -> Principal:
        found = self.roster.find(secret(name))
        assert found is not None
        return found


def ended(principal: Principal) -> bool:
    assert principal.standing is not None
    return principal.standing.ended


def test_a_key_has_all_that_its_row_says() -> None:
    row = key("a", user="ada", team="ops", organisation="acme", roles=("viewer",), lanes=("llm",), models=("gpt-*",))
    found = Store(row).find()
    assert (found.key, found.key_id, found.user, found.team, found.organisation) == ("a", "a", "ada", "ops", "acme")
    assert (found.roles, found.lanes, found.restriction) == ({"viewer"}, {"llm"}, Restriction(models=("gpt-*",)))
    assert Store(key("a")).find().restriction is UNRESTRICTED


def test_what_a_key_does_not_say_its_owner_does() -> None:
    people = {
        "users": (User(name="ada", organisation="acme", teams=("ops",), roles=("engineer", "admin")),),
        "agents": (Agent(name="bot", organisation="acme", team="dev", roles=("reader",)),),
        "teams": (Team(name="dev", organisation="acme-labs"),),
    }
    store = Store(key("a", user="ada"), key("b", agent="bot"), **people)
    ada, bot = store.find("a"), store.find("b")
    assert (ada.team, ada.organisation, ada.roles) == ("ops", "acme", {"engineer"})
    assert (bot.team, bot.organisation, bot.roles) == ("dev", "acme-labs", {"reader"})


def test_an_administrator_s_key_is_no_administrator_s_unless_it_says_so() -> None:
    ada = User(name="ada", roles=("admin",))
    assert Store(key("a", user="ada"), users=(ada,)).find().roles == frozenset()
    assert Store(key("a", user="ada", roles=("admin",)), users=(ada,)).find().roles == {"admin"}


def test_an_unknown_secret_is_nobody_s() -> None:
    store = Store(key("a"))
    assert store.roster.find(b"unknown") is None
    assert store.roster.find(secret("a")[:-1]) is None
    assert store.roster.find(b"") is None
    assert store.roster.find(digest_secret(PEPPER, secret("a"))) is None


def test_a_key_gives_the_same_object_until_something_about_it_changes() -> None:
    store = Store(key("a"), key("b"))
    before, revision = store.find(), store.roster.revision
    store.change(key("a"), key("b"), key("c"))
    assert store.find() is before
    assert store.roster.revision > revision
    store.change(key("a", team="ops"), key("b"), key("c"))
    assert store.find() is not before
    assert ended(before)
    assert not ended(store.find("b"))


def test_a_revoked_key_ends_at_once() -> None:
    store = Store(key("a"), key("b"))
    a, b = store.find("a"), store.find("b")
    store.change(key("b"))
    assert store.roster.find(secret("a")) is None
    assert (ended(a), ended(b)) == (True, False)
    store.change(key("b", revoked=NOW))
    assert store.roster.find(secret("b")) is None
    assert ended(b)


def test_both_secrets_are_good_during_the_grace_of_a_rotation_and_live_calls_go_on() -> None:
    old, new = digest_secret(PEPPER, b"old"), digest_secret(PEPPER, b"new")
    store = Store(key("a", digest=old))
    before = store.roster.find(b"old")
    store.change(key("a", digest=new, previous=old, previous_until=NOW + 10**9))
    former, present = store.roster.find(b"old"), store.roster.find(b"new")
    assert before is not None
    assert former is not None
    assert present is not None
    assert not ended(before)
    assert former.expires == NOW / 1e9 + 1
    assert present.expires == float("inf")
    assert former.key_id == present.key_id


def test_after_the_grace_the_former_secret_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = digest_secret(PEPPER, b"old"), digest_secret(PEPPER, b"new")
    store = Store(key("a", digest=new, previous=old, previous_until=NOW + 10**9))
    former = store.roster.find(b"old")
    present = store.roster.find(b"new")
    monkeypatch.setattr(clock, "wall_ns", lambda: NOW + 10**9)
    assert store.roster.find(b"old") is None
    assert store.roster.end_expired()
    assert not store.roster.end_expired()
    assert former is not None
    assert present is not None
    assert (ended(former), ended(present)) == (True, False)
    store.change(key("a", digest=new, team="ops"))
    assert ended(present)


def test_a_rotation_without_grace_ends_what_the_former_secret_does() -> None:
    old, new = digest_secret(PEPPER, b"old"), digest_secret(PEPPER, b"new")
    store = Store(key("a", digest=old))
    before = store.roster.find(b"old")
    store.change(key("a", digest=new))
    assert before is not None
    assert ended(before)
    assert store.roster.find(b"old") is None


def test_an_expired_key_is_none_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(key("a", expires=NOW + 10**9))
    found = store.find()
    assert found.expires == NOW / 1e9 + 1
    assert not store.roster.end_expired()
    monkeypatch.setattr(clock, "wall_ns", lambda: NOW + 2 * 10**9)
    assert store.roster.find(secret("a")) is None
    assert store.roster.end_expired()
    assert ended(found)


def test_another_expiry_is_another_principal_but_nothing_ends() -> None:
    store = Store(key("a", expires=NOW + 10**9))
    before = store.find()
    store.change(key("a", expires=NOW + 2 * 10**9))
    assert store.find().expires == NOW / 1e9 + 2
    assert not ended(before)


def test_a_change_of_the_owner_changes_its_keys_and_no_others() -> None:
    store = Store(key("a", user="ada"), key("b"), users=(User(name="ada", teams=("ops",)),))
    a, b = store.find("a"), store.find("b")
    store.change(key("a", user="ada"), key("b"), users=(User(name="ada", teams=("dev",)),))
    assert store.find("a").team == "dev"
    assert ended(a)
    assert store.find("b") is b


def test_the_keys_of_an_agent_move_with_it_to_another_team() -> None:
    rows = (key("a", agent="bot"), key("b", agent="bot", team="ops"), key("c", user="ada", agent="bot"))
    store = Store(*rows, users=(User(name="ada", teams=("qa",)),), agents=(Agent(name="bot", team="dev"),))
    before = [store.find(name) for name in "abc"]
    assert [each.team for each in before] == ["dev", "ops", "dev"]
    store.change(*rows, agents=(Agent(name="bot", team="night"),))
    assert [store.find(name).team for name in "abc"] == ["night", "ops", "night"]
    assert [ended(each) for each in before] == [True, False, True]


def test_a_change_that_does_not_follow_is_not_taken() -> None:
    store = Store(key("a"))
    missed = snapshot(2, key("b"))
    assert not store.roster.take(difference(missed, snapshot(3, key("c"))))
    assert not Roster().take(difference(missed, snapshot(3)))
    assert store.roster.find(secret("a")) is not None


def test_a_whole_snapshot_replaces_everything_but_what_is_the_same() -> None:
    store = Store(key("a"), key("b"), documents=(Document(kind="access", name="x", body=b"{}"),))
    a, b = store.find("a"), store.find("b")
    store.roster.take(Whole(snapshot(9, key("a"))))
    assert store.find("a") is a
    assert ended(b)
    assert store.roster.documents == ()


def test_another_pepper_ends_every_key() -> None:
    store = Store(key("a"))
    before = store.find()
    store.roster.take(Whole(Snapshot(revision=1, pepper=b"x" * 32, keys=(key("a"),))))
    assert ended(before)
    assert store.roster.find(secret("a")) is None


def test_addresses_and_acting_for_users_go_with_the_key() -> None:
    standing = Store(key("a", addresses=("192.0.2.0/24",), may_act_for_users=True)).find().standing
    assert standing is not None
    assert structs.asdict(standing)["may_act_for_users"]
    assert str(structs.asdict(standing)["networks"][0]) == "192.0.2.0/24"


def test_ten_thousand_keys_are_made_into_principals_only_when_they_are_used() -> None:
    store = Store(*(key(str(number)) for number in range(10_000)))
    made = [each for each in vars(store.roster)["_issued"].values() if each.principal is not None]
    assert made == []
    assert store.find("9999").key == "9999"


def test_a_row_whose_networks_cannot_be_read_opens_nothing() -> None:
    standing = Store(key("a", addresses=("nonsense",))).find().standing
    assert standing is not None
    assert [str(each) for each in structs.asdict(standing)["networks"]] == ["255.255.255.255/32"]
