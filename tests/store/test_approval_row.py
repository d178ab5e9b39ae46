"""A decision is made once, what was granted is used once, and tenants see their own."""

from typing import Any

import pytest

from trigate.core.clock import clock
from trigate.core.errors import BadRequest, NameConflict, UnknownName
from trigate.store.approval import Approval
from trigate.store.approval_row import (
    decide_approval,
    find_approval,
    list_approvals,
    put_approval,
    read_approval,
    state_of,
    use_approval,
)
from trigate.store.audit import acts
from trigate.store.store import Store

HOUR = 3600 * 10**9


def row(id: str, **more: Any) -> Approval:
    now = clock.wall_ns()
    base = {
        "id": id, "time": now, "expires": now + HOUR, "state": "pending", "digest": b"d", "rule": "push",
        "request": "r", "action": "mcp.tools.call", "resource": "server/git/tool/push", "key": "dev",
        "organisation": "acme",
    }  # fmt: skip
    return Approval(**{**base, **more})


def put(store: Store, *rows: Approval, most: int = 10) -> list[bool]:
    with store.writing("power_safe") as connection:
        return [put_approval(connection, each, most) for each in rows]


def decide(store: Store, id: str, decision: Any = "granted", **more: Any) -> Approval:
    with store.writing("power_safe") as connection:
        return decide_approval(connection, id, decision, "operator:ada", expires=clock.wall_ns() + HOUR, **more)


def test_what_was_granted_is_used_once(store: Store) -> None:
    put(store, row("a"))
    with store.writing() as connection:
        assert not use_approval(connection, "a", b"d")
    assert decide(store, "a", comment="fine\0").decided_by == "operator:ada"
    with store.writing() as connection:
        assert not use_approval(connection, "a", b"other")
        assert use_approval(connection, "a", b"d")
        assert not use_approval(connection, "a", b"d")
        assert find_approval(connection, b"d") is None
    with store.reading() as connection:
        (act,) = acts(connection)
        assert (act.act, act.kind, act.name, act.organisation) == ("approve", "approval", "a", "acme")


def test_a_decision_is_made_once(store: Store) -> None:
    put(store, row("a"))
    decide(store, "a", "denied")
    with pytest.raises(NameConflict, match="denied"):
        decide(store, "a")
    with pytest.raises(UnknownName):
        decide(store, "none")


def test_what_has_expired_is_decided_no_more(store: Store) -> None:
    put(store, row("a", expires=clock.wall_ns() - 1))
    with pytest.raises(NameConflict, match="expired"):
        decide(store, "a")
    with store.reading() as connection:
        assert find_approval(connection, b"d") is None
        assert state_of(read_approval(connection, "a")) == "expired"


def test_a_grant_counts_before_a_denial_and_that_before_what_is_open(store: Store) -> None:
    for state in ("pending", "denied", "granted"):
        put(store, row(state, state=state))
        with store.reading() as connection:
            found = find_approval(connection, b"d")
        assert found is not None
        assert found.id == state


def test_nobody_approves_a_call_of_their_own(store: Store) -> None:
    put(store, row("a", user="bob"), row("b", user=""))
    for own in (("dev", ""), ("dev", "bob"), ("other", "bob")):
        with pytest.raises(BadRequest, match="their own"):
            decide(store, "a", own=own)
    assert decide(store, "b", own=("other", "")).state == "granted"


def test_a_caller_has_so_many_that_wait(store: Store) -> None:
    assert put(store, row("a"), row("b"), row("c"), row("d", key="other"), most=2) == [True, True, False, True]
    decide(store, "a", "denied")
    assert put(store, row("e"), most=2) == [True]


def test_lists_have_filters_and_tenants(store: Store) -> None:
    put(
        store,
        row("a", time=1),
        row("b", time=2, organisation="umbrella", key="k2"),
        row("c", time=3, expires=clock.wall_ns() - 1),
    )

    def listed(state: str = "", organisation: str | None = None, **only: str) -> list[str]:
        with store.reading() as connection:
            rows = list_approvals(connection, state, only, organisation)
        assert not any({"sealed", "digest"} & each.keys() for each in rows)
        return [each["id"] for each in rows]

    assert listed() == ["c", "b", "a"]
    assert listed("pending") == ["b", "a"]
    assert listed("expired") == ["c"]
    assert listed(organisation="acme") == ["c", "a"]
    assert listed(key="k2") == ["b"]
    for wrong in ({"state": "weather"}, {"weather": "x"}):
        with pytest.raises(BadRequest):
            listed(**wrong)
    with store.reading() as connection, pytest.raises(UnknownName):
        read_approval(connection, "b", "acme")
