"""Holdings: each owner sees its own, page by page, and each is settled once."""

import pytest

from trigate.core.errors import NameConflict
from trigate.store.holding import Holding
from trigate.store.holding_row import (
    drop_holding,
    find_holding,
    list_holdings,
    list_unsettled,
    note_holding,
    put_holding,
    settle_holding,
)
from trigate.store.store import Store


def put(store: Store, id: str, owner: str = "team a", time: int = 0, kind: str = "files") -> Holding:
    held = Holding(id=id, kind=kind, owner=owner, time=time, body=b"{}")
    with store.writing() as connection:
        put_holding(connection, held)
    return held


def listed(store: Store, *more: object, owner: str = "team a", limit: int = 10, **words: bool) -> list[str]:
    with store.reading() as connection:
        return [each.id for each in list_holdings(connection, "files", owner, limit, *more, **words)]  # type: ignore[arg-type]


def test_what_was_put_is_found_by_its_owner_alone(store: Store):
    held = put(store, "one", time=5)
    with store.reading() as connection:
        assert find_holding(connection, "one", "team a") == held
        assert find_holding(connection, "one", "team b") is None
        assert find_holding(connection, "two", "team a") is None


def test_one_put_without_a_time_has_that_of_now(store: Store):
    put(store, "one")
    with store.reading() as connection:
        found = find_holding(connection, "one", "team a")
    assert found is not None
    assert found.time > 0


def test_an_id_is_there_once(store: Store):
    put(store, "one")
    with pytest.raises(NameConflict):
        put(store, "one", owner="team b")


def test_lists_show_ones_own_of_one_kind_newest_first(store: Store):
    for time, id in enumerate(["a", "b", "c"], 1):
        put(store, id, time=time)
    put(store, "d", owner="team b", time=4)
    put(store, "e", kind="batches", time=5)
    assert listed(store) == ["c", "b", "a"]
    assert listed(store, ascending=True) == ["a", "b", "c"]
    assert listed(store, owner="team b") == ["d"]


@pytest.mark.parametrize("ascending", [False, True])
def test_pages_follow_each_other_without_gap_or_repetition(store: Store, ascending: bool):
    for number in range(7):
        put(store, f"id{number}", time=number // 3 + 1)  # several at the same time
    seen: list[str] = []
    cursor = ""
    while page := listed(store, cursor, limit=2, ascending=ascending):
        seen += page
        cursor = page[-1]
    assert seen == sorted(seen, reverse=not ascending)
    assert len(seen) == 7


def test_nothing_stands_behind_what_is_not_ones_own(store: Store):
    put(store, "a", time=1)
    put(store, "b", owner="team b", time=2)
    assert listed(store, "b") == []
    assert listed(store, "nothing") == []


def test_it_is_settled_once(store: Store):
    put(store, "one")
    with store.writing() as connection:
        assert not settle_holding(connection, "one", "team b")
        assert settle_holding(connection, "one", "team a")
        assert not settle_holding(connection, "one", "team a")


def test_what_is_known_of_it_changes(store: Store):
    put(store, "one")
    with store.writing() as connection:
        assert note_holding(connection, "one", "team a", b"new")
        assert not note_holding(connection, "one", "team b", b"other")
        found = find_holding(connection, "one", "team a")
    assert found is not None
    assert found.body == b"new"


def test_it_is_dropped_by_its_owner_alone(store: Store):
    put(store, "one")
    with store.writing() as connection:
        assert not drop_holding(connection, "one", "team b")
        assert drop_holding(connection, "one", "team a")
        assert not drop_holding(connection, "one", "team a")


def test_what_is_not_settled_is_found_whoever_owns_it_the_oldest_first(store: Store):
    for id, owner, time in (("b", "team b", 2), ("a", "team a", 1), ("c", "team a", 3)):
        put(store, id, owner, time, kind="batches")
    put(store, "file", time=0)
    with store.writing() as connection:
        settle_holding(connection, "c", "team a")
    with store.reading() as connection:
        found = list_unsettled(connection, ("batches", "answers"), 10)
        assert [(each.id, each.owner, each.body) for each in found] == [("a", "team a", b""), ("b", "team b", b"")]
        assert [each.id for each in list_unsettled(connection, ("batches",), 1)] == ["a"]
