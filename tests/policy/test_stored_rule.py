"""Rules of the store that cannot be used never let anybody do more."""

import sys

import pytest

from trigate.core.action import Action
from trigate.policy.rule import condition
from trigate.policy.stored_rule import compile_document
from trigate.store.directory import Document

CHAT, CALL = Action("llm.chat", "model/a"), Action("mcp.tools.call", "server/s/tool/t")


def stored(body: bytes) -> Document:
    return Document(kind="access", name="r", body=body, organisation="acme")


def denied(body: bytes) -> list[Action]:
    clause, problem = compile_document(stored(body))
    assert problem
    assert clause is None or (clause.allow == () and clause.condition is None and clause.organisation == "acme")
    return [each for each in (CHAT, CALL) if clause and any(entry.fits(each) for entry in clause.deny)]


def test_a_rule_that_can_be_used_is_used() -> None:
    clause, problem = compile_document(stored(b'{"team":"red","allow":["*"],"when":"action.lane == \\"llm\\""}'))
    assert problem == ""
    assert clause is not None
    assert (clause.place, clause.organisation) == ("rule 'r' of the store", "acme")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"allow":["*"],"tema":"x"}',
        b'{"team":"x"}',
        b'{"allow":["lmm.*"]}',
        b'{"allow":["*"],"tema":"x","when":"true"}',
    ],
)
def test_what_is_no_rule_denies_everything(body: bytes) -> None:
    assert denied(body) == [CHAT, CALL]


def test_a_condition_that_is_none_denies_as_if_it_held_and_allows_nothing() -> None:
    assert denied(b'{"allow":["*"],"deny":["llm.*"],"when":"1 +"}') == [CHAT]
    assert denied(b'{"allow":["*"],"when":"1 +"}') == []


def test_the_same_where_conditions_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    condition.cache_clear()
    monkeypatch.setitem(sys.modules, "cel_expr_python.cel", None)
    assert denied(b'{"allow":["*"],"deny":["llm.*"],"when":"true"}') == [CHAT]
    assert denied(b'{"allow":["*"],"when":"true"}') == []
