"""Definitions are held to what was seen first or approved, and nothing is approved that nobody has looked at."""

from typing import Any

import pytest

from trigate.core.errors import UnknownName
from trigate.store import pin_row
from trigate.store.audit import acts
from trigate.store.pin import Mode, Pin, Sighting, Sort, Verdict
from trigate.store.pin_row import approve_pins, forget_pins, list_pins, take_sightings
from trigate.store.store import Store


def see(store: Store, mode: Mode, digest: str, name: str = "push", kind: Sort = "tool", **more: Any) -> Verdict:
    with store.writing("power_safe") as connection:
        seen = Sighting(name, digest, f'{{"is":"{digest}"}}'.encode(), **more)
        (verdict,) = take_sightings(connection, "git", kind, mode, [seen])
    return verdict


def approve(store: Store, tool: str = "push", digest: str = "") -> list[Pin]:
    with store.writing("power_safe") as connection:
        return approve_pins(connection, "git", "tool" if tool else "", tool, digest, "operator:ed")


def rows(store: Store) -> list[Pin]:
    with store.reading() as connection:
        return list_pins(connection, "git")


def audited(store: Store) -> list[tuple[str, str, str]]:
    with store.reading() as connection:
        return [(each.actor, each.act, each.name) for each in acts(connection) if each.kind == "tool"]


def test_what_was_seen_first_holds_until_an_operator_says_otherwise(store: Store):
    assert see(store, "first_seen", "a") == Verdict("push")
    for _ in range(3):
        assert see(store, "first_seen", "b").why == "changed"
    (row,) = rows(store)
    assert (row.digest, row.found_digest, row.found, row.decided_by) == ("a", "b", b'{"is":"b"}', "")
    assert audited(store) == [("gateway", "drift", "git/push")]
    (decided,) = approve(store)
    assert (decided.digest, decided.found_digest) == ("b", "")
    assert see(store, "first_seen", "b") == Verdict("push", None, True)
    assert see(store, "first_seen", "a").why == "changed"
    assert audited(store)[1:] == [("operator:ed", "approve", "git/push"), ("gateway", "drift", "git/push")]


def test_what_goes_back_to_what_it_was_is_no_longer_held_back(store: Store):
    see(store, "first_seen", "a")
    see(store, "first_seen", "b")
    assert see(store, "first_seen", "a") == Verdict("push")
    assert rows(store)[0].found_digest == ""


def test_nothing_holds_before_it_is_approved_where_that_is_wanted(store: Store):
    assert see(store, "approved", "a").why == "new"
    assert see(store, "approved", "b").why == "new"
    approve(store)
    assert see(store, "approved", "b") == Verdict("push", None, True)
    assert see(store, "approved", "a").why == "changed"


def test_what_was_only_seen_first_is_not_approved(store: Store):
    see(store, "first_seen", "a")
    assert see(store, "approved", "a").why == "new"
    approve(store)
    assert see(store, "approved", "a") == Verdict("push", None, True)


def test_nothing_is_held_back_where_nothing_is_pinned(store: Store):
    for digest in "aba":
        assert see(store, "off", digest, suspicions=("odd",)) == Verdict("push")
    assert rows(store)[0].suspicions == "odd"
    assert audited(store) == []
    approve(store)
    assert see(store, "off", "a") == Verdict("push", None, True)
    assert see(store, "off", "b") == Verdict("push")


def test_all_tools_of_a_server_are_approved_at_once(store: Store):
    for tool in ("push", "pull"):
        see(store, "approved", "a", tool)
    assert [each.name for each in approve(store, "")] == ["pull", "push"]
    assert approve(store, "") == []


def test_only_what_was_looked_at_is_approved(store: Store):
    see(store, "approved", "abcdef")
    see(store, "approved", "123456")
    with pytest.raises(UnknownName, match="digest"):
        approve(store, digest="abc")
    assert approve(store, digest="123")


def test_what_was_never_seen_is_not_approved(store: Store):
    with pytest.raises(UnknownName, match="'push'"):
        approve(store)
    with pytest.raises(UnknownName, match="server 'git'"):
        approve(store, "")


def test_a_prompt_is_another_thing_than_a_tool_of_its_name(store: Store):
    see(store, "first_seen", "a")
    see(store, "first_seen", "b", kind="prompt")
    assert see(store, "first_seen", "a") == Verdict("push")
    assert see(store, "first_seen", "c", kind="prompt").why == "changed"
    assert [each.place for each in rows(store)] == ["git/prompt/push", "git/push"]
    assert [each.kind for each in approve(store, "")] == ["prompt", "tool"]


def test_what_is_called_nothing_is_no_name_for_everything(store: Store):
    see(store, "first_seen", "a")
    see(store, "first_seen", "n", "")
    see(store, "first_seen", "o", "")
    assert see(store, "first_seen", "a") == Verdict("push")
    assert [(each.name, each.found_digest) for each in rows(store)] == [("", "o"), ("push", "")]


def test_what_a_server_shows_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pin_row, "MOST_ROWS", 2)
    for name in ("a", "b"):
        assert see(store, "first_seen", "d", name).why is None
    for mode in ("first_seen", "approved"):
        assert see(store, mode, "d", "c").why == "crowded"
    assert see(store, "off", "d", "c").why is None
    assert see(store, "first_seen", "d", "a").why is None
    assert len(rows(store)) == 2
    with store.writing("power_safe") as connection:
        assert forget_pins(connection, "git", "tool", "b", "operator:ed") == 1
        with pytest.raises(UnknownName, match="'b'"):
            forget_pins(connection, "git", "tool", "b", "operator:ed")
    assert see(store, "first_seen", "d", "c").why is None
    assert ("operator:ed", "forget", "git/b") in audited(store)


def test_definitions_beyond_the_bound_are_known_by_their_digests(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pin_row, "MOST_BYTES", 12)
    for name in ("a", "b"):
        see(store, "first_seen", "d", name)
    assert [each.definition for each in rows(store)] == [b'{"is":"d"}', b"{}"]
    assert see(store, "first_seen", "e", "b").why == "changed"
    assert see(store, "first_seen", "d", "b").why is None


def test_a_server_that_changes_all_the_time_fills_no_audit(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pin_row, "MOST_NOTED", 3)
    for number in range(20):
        see(store, "first_seen", f"d{number % 2}")
    assert audited(store) == [("gateway", "drift", "git/push")] * 3
