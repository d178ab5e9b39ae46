"""One record per call."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.authenticators.test_api_key import exchange
from tests.policy.toys import FakeSpool
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import HeadTooLarge
from trigate.core.principal import Principal
from trigate.core.request import Peer
from trigate.core.usage import Usage
from trigate.policy.record import LONGEST_RESOURCE, Record, Recorder

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Kept(FakeSpool):
    def append(self, record: bytes) -> None:
        self.records.append(msgspec.json.decode(record))


def _record(monkeypatch: pytest.MonkeyPatch, **fields: str) -> dict[str, Any]:
    monkeypatch.setattr(clock, "monotonic", lambda: 12.5)
    monkeypatch.setattr(clock, "wall_ns", lambda: 42)
    spool = Kept()
    given = exchange(**fields)
    given.request.query = b"token=hunter2"
    given.lane, given.route = "llm", "chat"
    principal = given.principal = Principal("dev", frozenset({"llm"}), team="support")
    call = Call("c", given, principal, Action("llm.chat", "model/x"), None, 10.0, Usage(input_tokens=7))
    call.first_byte, call.outcome = 11.0, "ok"
    Recorder(spool).call(call)
    return spool.records[0]


def test_a_record_says_who_did_what_when_and_how_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    record = _record(monkeypatch)
    assert (record["key"], record["team"], record["action"], record["resource"]) == (
        "dev",
        "support",
        "llm.chat",
        "model/x",
    )
    assert (record["time"], record["duration"], record["first_byte"]) == (42, 2_500_000, 1_000_000)
    assert record["outcome"] == "ok"
    assert record["usage"]["input_tokens"] == 7


def test_a_record_holds_no_query_and_no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in str(_record(monkeypatch, authorization="Bearer hunter2hunter2hunter2"))


@pytest.mark.parametrize(("parent", "trace"), [(f"00-{TRACE}-00f067aa0ba902b7-01", TRACE), ("nonsense", None)])
def test_a_record_names_the_trace_it_belongs_to(
    monkeypatch: pytest.MonkeyPatch, parent: str, trace: str | None
) -> None:
    assert _record(monkeypatch, traceparent=parent).get("trace") == trace


def test_a_refusal_is_on_record_too(monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Kept()
    Recorder(spool).refusal(exchange(), "auth.invalid", 401)
    assert (spool.records[0]["outcome"], spool.records[0]["status"], spool.records[0]["key"]) == (
        "auth.invalid",
        401,
        "",
    )


def test_a_request_that_nobody_could_understand_is_on_record() -> None:
    spool = Kept()
    Recorder(spool).turned_away(Peer("203.0.113.9"), HeadTooLarge("too much"), "x1")
    record = msgspec.convert(spool.records[0], Record)
    assert (record.outcome, record.status, record.peer) == ("request.head_too_large", 431, "203.0.113.9")


TEXTS = st.text(max_size=20)


@given(TEXTS, TEXTS, TEXTS, st.lists(TEXTS, max_size=2), st.binary(max_size=20))
def test_whatever_names_and_paths_hold_a_record_is_valid_and_says_the_same(
    key: str, resource: str, target: str, flags: list[str], path: bytes
) -> None:
    spool, shown = Kept(), exchange()
    shown.request.path = path
    principal = shown.principal = Principal(key, frozenset({"api"}), user=key)
    parent = Call("p", shown, principal, Action("api.request", resource), None, 0.0, Usage())
    call = Call("c", shown, principal, Action("api.request", resource), parent, 0.0, Usage())
    call.target, call.flags, call.outcome = target, flags, "ok"
    Recorder(spool).call(call)
    record = msgspec.convert(spool.records[0], Record)
    assert (record.key, record.resource, record.target, record.flags) == (key, resource, target, flags)
    assert (record.path, record.parent) == (path.decode("latin-1"), "p")


def test_a_resource_that_a_caller_made_very_long_is_clipped_and_not_kept() -> None:
    spool, shown = Kept(), exchange()
    shown.principal = Principal("dev", frozenset({"mcp"}))
    action = Action("mcp.resources.read", "server/x/resource/" + "u" * 5_000_000)
    call = Call("c", shown, shown.principal, action, None, 0.0, Usage())
    Recorder(spool).call(call)
    record = msgspec.convert(spool.records[0], Record)
    assert record.resource == action.resource[:LONGEST_RESOURCE] + "…"
