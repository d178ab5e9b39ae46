"""Usage: sums that fit the rows, by whatever is asked, and never those of another tenant."""

import pytest

from tests.store.record import DAY, record
from trigate.core.errors import BadRequest
from trigate.store.ledger import read_entries, write_new
from trigate.store.store import Store
from trigate.store.usage import GROUPS, usage

TOOL = {"action": "mcp.tools.call", "lane": "mcp", "usage": {"tool_calls": 1}}


@pytest.fixture
def used(store: Store) -> Store:
    rows = [
        record("1", cost=10, organisation="acme"),
        record("2", cost=5, key="other", resource="model/big", target="anthropic/big", time=6 * DAY),
        record("3", cost=2, team="b", outcome="upstream.failed", usage={"estimated": True}),
        record("4", resource="server/git/tool/push", **TOOL),
        record("5", resource="server/git/tool/pull", **TOOL),
        record("6", resource="server/git/resource/x", lane="mcp"),
    ]
    with store.writing() as connection:
        write_new(connection, read_entries(rows)[0])
    return store


def ask(store: Store, *by: str, since: int = 0, until: int = 10 * DAY, **more: object) -> list[dict[str, object]]:
    with store.reading() as connection:
        return usage(connection, by, since, until, **more)  # pyright: ignore[reportArgumentType]


def brief(rows: list[dict[str, object]], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_without_a_group_it_is_one_sum_of_whole_numbers(used: Store):
    (total,) = ask(used)
    assert (total["calls"], total["failed"], total["cost"], total["estimated"]) == (6, 1, 17, 1)
    assert (total["input_tokens"], total["tool_calls"]) == (60, 2)
    assert {type(each) for each in total.values()} == {int}


def test_by_team_key_and_day(used: Store):
    assert brief(ask(used, "team"), "team", "calls", "cost") == [("a", 5, 15), ("b", 1, 2)]
    assert brief(ask(used, "key", "team"), "key", "team", "cost") == [
        ("ci", "a", 10),
        ("ci", "b", 2),
        ("other", "a", 5),
    ]
    assert brief(ask(used, "day"), "day", "cost") == [("1970-01-06", 12), ("1970-01-07", 5)]


def test_by_model_provider_server_and_tool_only_what_has_one_counts(used: Store):
    assert brief(ask(used, "model"), "model", "cost") == [("big", 5), ("gpt", 12)]
    assert brief(ask(used, "model", "provider"), "provider", "cost") == [("anthropic", 5), ("openai", 12)]
    assert brief(ask(used, "tool"), "tool", "calls") == [("git/pull", 1), ("git/push", 1)]
    assert brief(ask(used, "server"), "server", "calls") == [("git", 3)]


def test_only_what_is_asked_for(used: Store):
    assert brief(ask(used, "key", only={"model": "gpt"}), "key", "cost") == [("ci", 12)]
    assert brief(ask(used, only={"team": "b"}), "cost") == [(2,)]
    assert brief(ask(used, "tool", only={"tool": "git/push"}), "tool") == [("git/push",)]
    assert ask(used, "team", only={"key": "nobody"}) == []


def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(used: Store):
    assert brief(ask(used, since=6 * DAY), "cost") == [(5,)]
    assert brief(ask(used, until=6 * DAY), "cost") == [(12,)]
    assert brief(ask(used, since=5 * DAY, until=5 * DAY + 1), "calls") == [(5,)]


def test_a_tenant_sees_its_own_and_nothing_else(used: Store):
    assert brief(ask(used, "team", organisation="acme"), "team", "cost") == [("a", 10)]
    assert ask(used, "team", organisation="globex") == []


@pytest.mark.parametrize("word", ["cost", "team; DROP TABLE ledger", "", "id"])
def test_what_cannot_be_asked_by_is_told(used: Store, word: str):
    with pytest.raises(BadRequest, match="usage cannot be asked by"):
        ask(used, word)
    with pytest.raises(BadRequest):
        ask(used, only={word: "x"})


def test_every_group_adds_up_to_the_whole(used: Store):
    for group in set(GROUPS) - {"model", "server", "tool"}:
        assert sum(row["cost"] for row in ask(used, group)) == 17  # pyright: ignore[reportArgumentType, reportCallIssue]


def test_by_hour_target_and_prompt(used: Store):
    assert brief(ask(used, "hour"), "hour", "calls") == [("1970-01-06T00:00Z", 5), ("1970-01-07T00:00Z", 1)]
    assert ("anthropic/big", 5) in brief(ask(used, "target"), "target", "cost")
    assert brief(ask(used, "prompt"), "prompt", "calls") == [("", 6)]
