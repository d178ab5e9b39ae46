"""Sessions: sealed, bound to their owner, bounded in number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.clock import clock
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.mcp.fault import UnknownSession
from trigate.mcp.session import Sessions, owner_of, unknown
from trigate.mcp.settings import SessionSettings

ADA = Principal("ada", frozenset({"mcp"}))
BOB = Principal("bob", frozenset({"mcp"}))


def test_a_session_is_found_by_its_owner_alone():
    sessions = Sessions(SessionSettings())
    begun = sessions.begin("2025-11-25", "", ADA)
    assert sessions.find(begun.token, "", ADA) is begun
    for endpoint, principal in (("", BOB), ("dev", ADA)):
        with pytest.raises(UnknownSession):
            sessions.find(begun.token, endpoint, principal)


def test_a_session_that_fell_out_of_the_table_is_opened_from_its_token():
    sessions = Sessions(SessionSettings(max=2))
    tokens = [sessions.begin("2025-06-18", "dev", ADA).token for _ in range(5)]
    assert len(sessions) == 2
    assert sessions.find(tokens[0], "dev", ADA).version == "2025-06-18"
    for endpoint, principal in (("dev", BOB), ("", ADA)):
        with pytest.raises(UnknownSession):
            sessions.find(tokens[1], endpoint, principal)
    sessions.drain()


def test_an_ended_session_stays_ended():
    sessions = Sessions(SessionSettings(max=1))
    begun = sessions.begin("2025-11-25", "", ADA)
    sessions.end(begun)
    sessions.begin("2025-11-25", "", ADA)
    with pytest.raises(UnknownSession):
        sessions.find(begun.token, "", ADA)


def test_ended_sessions_stay_ended_however_many_there_are():
    sessions = Sessions(SessionSettings(max=3))
    begun = [sessions.begin("2025-11-25", "", ADA) for _ in range(20)]
    for session in begun[::2]:
        sessions.end(session)
        sessions.end(session)
    assert len(sessions._ended) == len(sessions._order) == 3
    for session in begun[::2]:
        with pytest.raises(UnknownSession):
            sessions.find(session.token, "", ADA)
    assert sessions.find(begun[-1].token, "", ADA)
    assert sessions.find(begun[17].token, "", ADA)
    after = sessions.begin("2025-11-25", "", ADA)
    sessions.end(after)
    with pytest.raises(UnknownSession):
        sessions.find(after.token, "", ADA)


def test_ended_sessions_are_forgotten_once_their_tokens_open_nothing_anyway(monkeypatch: pytest.MonkeyPatch):
    sessions = Sessions(SessionSettings(ttl=Duration(10)))
    first, second = (sessions.begin("2025-11-25", "", ADA) for _ in range(2))
    sessions.end(first)
    later = clock.wall_ns() + 11_000_000_000
    monkeypatch.setattr(clock, "wall_ns", lambda: later)
    sessions.end(second)
    assert not sessions._ended
    for session in (first, second):
        with pytest.raises(UnknownSession):
            sessions.find(session.token, "", ADA)


def test_a_token_is_not_opened_after_its_time(monkeypatch: pytest.MonkeyPatch):
    sessions = Sessions(SessionSettings(ttl=Duration(10), max=1))
    first = sessions.begin("2025-11-25", "", ADA)
    sessions.begin("2025-11-25", "", ADA)
    later = clock.wall_ns() + 11_000_000_000
    monkeypatch.setattr(clock, "wall_ns", lambda: later)
    with pytest.raises(UnknownSession):
        sessions.find(first.token, "", ADA)


def test_tokens_of_another_table_open_nothing():
    token = Sessions(SessionSettings()).begin("2025-11-25", "", ADA).token
    with pytest.raises(UnknownSession):
        Sessions(SessionSettings()).find(token, "", ADA)


@given(position=st.integers(0, 400), letter=st.sampled_from("AZaz09-_.= "))
def test_a_changed_token_opens_nothing(position: int, letter: str):
    sessions = Sessions(SessionSettings(max=1))
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
        Sessions(SessionSettings()).find(token, "", ADA)


def test_an_owner_is_the_credential_and_whom_it_speaks_for():
    assert owner_of(ADA) != owner_of(Principal("ada", frozenset(), on_behalf_of="carl"))
    assert "initialize" in unknown().message
