"""Whose process a call runs in."""

from types import SimpleNamespace
from typing import Any

from trigate.core.principal import Principal
from trigate.mcp.holder import holder

ANN, BOB = Principal("k", frozenset(), user="ann"), Principal("k", frozenset(), user="bob")


def held(principal: Principal, session: str = "", per: str = "principal") -> str:
    call: Any = SimpleNamespace(principal=principal)
    ask: Any = SimpleNamespace(session=SimpleNamespace(token=session) if session else None)
    return holder(ask, call, per)


def test_principals_never_share():
    assert held(ANN) != held(BOB)
    assert held(ANN, "s", "session") != held(BOB, "s", "session")


def test_sessions_share_only_where_that_is_said():
    assert held(ANN, "s") == held(ANN, "t") == held(ANN)
    assert held(ANN, "s", "session") != held(ANN, "t", "session")


def test_a_caller_without_a_session_is_its_principal():
    assert held(ANN, per="session") == held(ANN)
