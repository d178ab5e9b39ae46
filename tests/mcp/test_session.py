"""Sessions: sealed, bound to their owner, bounded in number, the same in every worker."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mcp.stage import LocalBus
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.ids import Ids
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.core.shared import derive_alone, share_alone, share_in
from trigate.core.surroundings import Surroundings
from trigate.mcp.fault import UnknownSession
from trigate.mcp.session import SERVICE, Sessions, owner_of, unknown
from trigate.mcp.settings import SessionSettings
from trigate.mcp.underway import Underway

ADA = Principal("ada", frozenset({"mcp"}))
BOB = Principal("bob", frozenset({"mcp"}))
SECOND = 1_000_000_000


def worker(settings: SessionSettings | None = None, directory: Path | None = None, **more: Any) -> Sessions:
    """The sessions of one worker; those of workers with the same directory are the same."""
    nothing: Any = None
    share = share_in(directory) if directory else share_alone
    given = {"derive": derive_alone, "share": share, "bus": LocalBus()} | more
    around = Surroundings(nothing, Deadlines(), nothing, nothing, given["bus"], Ids(), given["derive"], given["share"])
    return Sessions(settings or SessionSettings(), around, Underway(given["bus"]))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    moment = [clock.wall_ns()]
    monkeypatch.setattr(clock, "wall_ns", lambda: moment[0])
    return moment


def refused(sessions: Sessions, token: str, endpoint: str = "", principal: Principal = ADA) -> bool:
    with pytest.raises(UnknownSession):
        sessions.find(token, endpoint, principal)
    return True


def test_a_session_is_found_by_its_owner_alone():
    sessions = worker()
    begun = sessions.begin("2025-11-25", "", ADA)
    assert sessions.find(begun.token, "", ADA) is begun
    assert refused(sessions, begun.token, "", BOB)
    assert refused(sessions, begun.token, "dev", ADA)


def test_a_session_begun_in_one_worker_is_known_in_every_other(tmp_path: Path):
    one, two = worker(directory=tmp_path), worker(directory=tmp_path)
    token = one.begin("2025-06-18", "dev", ADA).token
    assert two.find(token, "dev", ADA).version == "2025-06-18"
    assert refused(two, token, "dev", BOB)
    assert refused(two, token, "", ADA)


async def test_a_session_ended_in_one_worker_is_ended_in_every_other_and_in_those_to_come(tmp_path: Path):
    one, two = worker(directory=tmp_path), worker(directory=tmp_path)
    begun = one.begin("2025-11-25", "", ADA)
    assert two.find(begun.token, "", ADA)
    await one.end(begun)
    assert refused(two, begun.token)
    assert refused(one, begun.token)
    assert refused(worker(directory=tmp_path), begun.token)


async def test_a_log_level_set_in_one_worker_holds_in_every_other(tmp_path: Path):
    one, two = worker(directory=tmp_path), worker(directory=tmp_path)
    begun = one.begin("2025-11-25", "", ADA)
    known = two.find(begun.token, "", ADA)
    await one.set_level(begun, 6)
    assert two.find(begun.token, "", ADA) is known
    assert known.level == 6
    assert worker(directory=tmp_path).find(begun.token, "", ADA).level == 6


def test_a_use_in_one_worker_keeps_a_session_alive_in_every_other(tmp_path: Path, now: list[int]):
    settings = SessionSettings(ttl=Duration(10))
    one, two = worker(settings, tmp_path), worker(settings, tmp_path)
    token = one.begin("2025-11-25", "", ADA).token
    for _ in range(5):
        now[0] += 8 * SECOND
        assert one.find(token, "", ADA)
    assert two.find(token, "", ADA)
    now[0] += 11 * SECOND
    assert refused(two, token)
    assert refused(one, token)


async def test_what_is_under_way_keeps_its_session_alive(tmp_path: Path, now: list[int]):
    settings, nothing = SessionSettings(ttl=Duration(10)), object()
    one, two = worker(settings, tmp_path), worker(settings, tmp_path)
    token = one.begin("2025-11-25", "", ADA).token
    one._underway.begin(token, b"1", nothing)  # pyright: ignore[reportArgumentType]
    for _ in range(5):
        now[0] += 8 * SECOND
        one.expire()
    assert two.find(token, "", ADA)


async def test_word_from_another_machine_counts_like_that_of_a_neighbour():
    told: list[bytes] = []
    here, there = LocalBus(), LocalBus()

    async def tell(service: str, opening: bytes) -> None:
        assert service == SERVICE
        told.append(opening)
        await (await there.open(service, opening)).receive()

    here.tell = tell  # pyright: ignore[reportAttributeAccessIssue]
    near, far = worker(bus=here), worker(bus=there)
    begun = near.begin("2025-11-25", "", ADA)
    assert far.find(begun.token, "", ADA).level != 7
    await near.set_level(begun, 7)
    assert far.find(begun.token, "", ADA).level == 7
    await near.end(begun)
    assert refused(far, begun.token)
    assert len(told) == 2


def test_a_worker_forgets_sessions_it_was_not_asked_about_but_opens_them_again():
    sessions = worker(SessionSettings(max=2))
    tokens = [sessions.begin("2025-06-18", "dev", ADA).token for _ in range(5)]
    assert len(sessions) == 2
    assert all(sessions.find(token, "dev", ADA) for token in tokens)


async def test_ended_sessions_stay_ended_however_many_there_are():
    sessions = worker(SessionSettings(max=3))
    begun = [sessions.begin("2025-11-25", "", ADA) for _ in range(100)]
    for session in begun[::2]:
        await sessions.end(session)
        await sessions.end(session)
    assert all(refused(sessions, session.token) for session in begun[::2])
    after = sessions.begin("2025-11-25", "", ADA)
    assert sessions.find(after.token, "", ADA)
    await sessions.end(after)
    assert refused(sessions, after.token)


def test_a_token_is_not_opened_after_its_time(now: list[int]):
    sessions = worker(SessionSettings(ttl=Duration(10), max=1))
    first = sessions.begin("2025-11-25", "", ADA)
    sessions.begin("2025-11-25", "", ADA)
    now[0] += 11 * SECOND
    assert refused(sessions, first.token)


def test_tokens_of_another_installation_open_nothing():
    secret = os.urandom(32)
    token = worker().begin("2025-11-25", "", ADA).token
    assert refused(worker(derive=lambda purpose: secret), token)


async def test_sessions_that_drain_are_not_looked_after_any_more():
    sessions = worker()
    assert len(sessions._deadlines) == 1
    sessions.drain()
    assert len(sessions._deadlines) == 0
    await asyncio.sleep(0)


@given(position=st.integers(0, 400), letter=st.sampled_from("AZaz09-_.= "))
def test_a_changed_token_opens_nothing(position: int, letter: str):
    sessions = worker(SessionSettings(max=1))
    token = sessions.begin("2025-11-25", "", ADA).token
    sessions.begin("2025-11-25", "", ADA)
    position %= len(token)
    changed = token[:position] + letter + token[position + 1 :]
    if changed != token:
        with pytest.raises(UnknownSession):
            sessions.find(changed, "", ADA)


@given(token=st.text(max_size=600))
def test_any_text_is_at_worst_unknown(token: str):
    with pytest.raises(UnknownSession):
        worker().find(token, "", ADA)


def test_an_owner_is_the_credential_and_whom_it_speaks_for():
    assert owner_of(ADA) != owner_of(Principal("ada", frozenset(), on_behalf_of="carl"))
    assert "initialize" in unknown().message


def test_a_session_is_neither_the_agents_nor_the_other_organisations_of_the_same_name():
    """As a provider of identities names them: `idp:x` may be a user or an agent, here or there."""
    everybody = [
        Principal("idp:x", frozenset(), user="x"),
        Principal("idp:x", frozenset(), agent="x"),
        Principal("idp:x", frozenset(), user="x", organisation="acme"),
        Principal("idp:x", frozenset()),
    ]
    assert len({owner_of(each) for each in everybody}) == len(everybody)
