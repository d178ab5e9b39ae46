"""Who is known to a worker: keys of the file first, then those of the store, once they are known."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from tests.patience import PATIENCE
from tests.policy.circumstances import given
from tests.policy.rows import key, secret, snapshot
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import StoreUnavailable
from trigate.core.ids import Ids
from trigate.core.principal import Principal
from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.policy.bulletin import Whole
from trigate.policy.directory import Directory
from trigate.policy.settings import Key
from trigate.policy.subscription import PATIENCE_SECONDS, Subscription
from trigate.store.directory import Document

SECRET = "0123456789abcdef"
KEYS = {"dev": Key(secret=Secret(SECRET), team="support")}


def subscription(documents: tuple[Document, ...] | None = ()) -> Subscription:
    nothing: Any = None
    surroundings = Surroundings(asyncio.get_running_loop(), Deadlines(), nothing, nothing, nothing, Ids())
    return Subscription(surroundings, documents)


def test_a_key_finds_its_owner_and_always_the_same_object() -> None:
    directory = given(KEYS).directory
    found = directory.find(SECRET.encode())
    assert isinstance(found, Principal)
    assert (found.key, found.team) == ("dev", "support")
    assert directory.find(SECRET.encode()) is found
    assert directory.find(b"another") is None


def test_no_secret_is_kept_in_the_clear() -> None:
    first, second = (given(KEYS).directory for _ in range(2))
    kept = [getattr(each, "_known") for each in (first, second)]  # noqa: B009 - a look inside
    assert SECRET not in repr(kept)
    assert not set(kept[0]) & set(kept[1])


def test_a_key_of_the_file_that_has_expired_is_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = Directory({"dev": Key(secret=Secret(SECRET), expires="2026-01-01T00:00:00Z")})
    monkeypatch.setattr(clock, "wall_ns", lambda: 1_767_225_599 * 10**9)
    assert directory.find(SECRET.encode()) is not None
    monkeypatch.setattr(clock, "wall_ns", lambda: 1_767_225_600 * 10**9)
    assert directory.find(SECRET.encode()) is None


def test_what_is_done_with_a_key_of_the_file_ends_when_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "wall_ns", lambda: 1_767_225_599 * 10**9)
    directory = Directory({"dev": Key(secret=Secret(SECRET), expires="2026-01-01T00:00:00Z")})
    found = directory.find(SECRET.encode())
    assert isinstance(found, Principal)
    assert directory.stands(found)
    monkeypatch.setattr(clock, "wall_ns", lambda: 1_767_225_600 * 10**9)
    assert not directory.stands(found)


def test_keys_of_the_gateway_are_recognised_good_or_not() -> None:
    directory = Directory({"dev": Key(secret=Secret(SECRET), expires="2020-01-01T00:00:00Z")})
    assert [directory.recognises(each) for each in (SECRET.encode(), b"tg_x", b"sk-x", b"")] == [
        True,
        True,
        False,
        False,
    ]


async def test_a_key_of_the_store_is_found_and_one_of_the_file_hides_its_namesake() -> None:
    known = subscription()
    known.roster.take(Whole(snapshot(1, key("a"), key("dev"))))
    directory = Directory(KEYS, known)
    found = directory.find(secret("a"))
    assert isinstance(found, Principal)
    assert directory.stands(found)
    assert directory.find(secret("dev")) is None
    revision = directory.revision
    known.roster.take(Whole(snapshot(2)))
    assert not directory.stands(found)
    directory.changed()
    assert directory.revision > revision


async def test_before_the_store_is_known_only_unknown_keys_wait() -> None:
    known = subscription()
    directory = Directory(KEYS, known)
    assert isinstance(directory.find(SECRET.encode()), Principal)
    waiting = directory.find(secret("a"))
    assert waiting is not None
    assert not isinstance(waiting, Principal)
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    assert not task.done()
    known.roster.take(Whole(snapshot(1, key("a"))))
    for _, waiter in vars(known)["_waiting"]:
        waiter.set_result(None)
    found = await asyncio.wait_for(task, PATIENCE)
    assert found is not None
    assert found.key == "a"


async def test_nobody_waits_for_the_store_for_longer_than_is_reasonable(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    known = subscription()
    vars(known)["_next_attempt"] = float("inf")
    waiting = Directory({}, known).find(b"unknown")
    assert waiting is not None
    assert not isinstance(waiting, Principal)
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    now += PATIENCE_SECONDS - 0.1
    known.expire()
    await asyncio.sleep(0)
    assert not task.done()
    now += 0.2
    known.expire()
    with pytest.raises(StoreUnavailable) as refused:
        await asyncio.wait_for(task, PATIENCE)
    assert refused.value.status == 503


async def test_a_watcher_hears_of_changes_for_as_long_as_its_directory_lives() -> None:
    known = subscription()
    directory, heard = Directory({}, known), list[str]()
    assert list(known.subscribers) == [directory]
    directory.watch(lambda: heard.append("changed"))
    directory.changed()
    assert heard == ["changed"]
    del directory
    assert list(known.subscribers) == []


def test_what_was_decided_can_be_made_void() -> None:
    directory = Directory({})
    before = directory.revision
    directory.void()
    voided = directory.revision
    directory.changed()
    assert before < voided == directory.revision


def test_a_principal_that_no_key_stands_behind_always_stands() -> None:
    directory = Directory({})
    assert directory.stands(Principal("anonymous", frozenset()))


def test_the_settings_of_a_key_reach_its_principal() -> None:
    settings = Key(
        secret=Secret(SECRET), models=("gpt-*",), roles=("reader",), addresses=("192.0.2.1",), may_act_for_users=True
    )
    found = Directory({"dev": settings}).find(SECRET.encode())
    assert isinstance(found, Principal)
    assert found.restriction.models == ("gpt-*",)
    assert found.roles == {"reader"}
    assert found.standing is not None
    assert structs.asdict(found.standing)["may_act_for_users"]
