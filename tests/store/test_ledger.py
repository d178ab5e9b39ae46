"""The ledger: a row for every call, once, with its charges; nothing a record may hold stops it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.store.record import charge, record
from trigate.store import schema
from trigate.store.balance import current_balances
from trigate.store.ledger import AlreadyThere, read_entries, without_known, write_new, write_notices
from trigate.store.store import Store


def write(store: Store, *records: bytes) -> None:
    entries, notices, _ = read_entries(records)
    with store.writing() as connection:
        write_new(connection, entries)
        write_notices(connection, notices)


def test_a_row_holds_what_the_record_says_and_no_copies(store: Store):
    more = {"user": "ann", "parent": "p", "trace": "t" * 32, "usage": {"cost": 7, "estimated": True, "tool_calls": 2}}
    write(store, record("one", **more))
    with store.reading() as connection:
        row = connection.execute(select(schema.ledger)).mappings().one()
    assert (row["id"], row["exchange"], row["parent"], row["agent"]) == ("one", None, "p", None)
    assert (row["user"], row["key"], row["team"], row["resource"]) == ("ann", "ci", "a", "model/gpt")
    assert (row["input_tokens"], row["output_tokens"], row["cost"], row["estimated"]) == (10, 5, 7, 1)
    assert (row["tool_calls"], row["status"], row["duration"], row["first_byte"]) == (2, 200, 1500, 900)


def test_rows_of_one_batch_need_not_say_the_same(store: Store):
    write(store, record("one", user="ann", usage={"cost": 7}), record("two", agent="bot", outcome="", usage={}))
    write(store, record("three", lane="", route="", resource="", outcome="", status=0, usage={}))
    with store.reading() as connection:
        rows = connection.execute(select(schema.ledger).order_by(schema.ledger.c.id)).mappings().all()
    one, three, two = rows
    assert (one["user"], one["agent"], one["cost"]) == ("ann", None, 7)
    assert (two["user"], two["agent"], two["outcome"], two["cost"]) == (None, "bot", "", 0)
    assert (three["lane"], three["outcome"], three["status"], three["user"]) == ("", "", 0, None)


def test_rows_that_are_there_are_left_out_and_charge_nothing(store: Store):
    write(store, record("one", charges=[charge(5)]))
    again, _, _ = read_entries([record("one", charges=[charge(5)]), record("two", charges=[charge(3)])])
    with pytest.raises(AlreadyThere), store.writing() as connection:
        write_new(connection, again)
    with store.writing() as connection:
        write_new(connection, without_known(connection, again))
    with store.reading() as connection:
        assert sorted(connection.execute(select(schema.ledger.c.id)).scalars()) == ["one", "two"]
        assert [each.amount for each in current_balances(connection, 1)] == [8]


def test_the_same_id_twice_in_one_batch_is_one_row(store: Store):
    entries, _, _ = read_entries([record("one"), record("one")])
    with store.writing() as connection:
        assert [each.id for each in without_known(connection, entries)] == ["one"]


def test_balances_are_the_sums_of_charges(store: Store):
    write(
        store, record("a", charges=[charge(5), charge(2, "b/x")]), record("b", charges=[charge(6), charge(-1, "b/x")])
    )
    write(store, record("c", charges=[charge(1, start=7)]))
    with store.reading() as connection:
        found = {(each.cell, each.start): each.amount for each in current_balances(connection, 1)}
    assert found == {("budget/team=a", 0): 11, ("b/x", 0): 1, ("budget/team=a", 7): 1}


def test_what_never_became_a_call_is_no_row():
    entries, notices, unreadable = read_entries([record("one", action="")])
    assert (entries, notices, unreadable) == ([], [], 0)


@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b"[]", b"{}", b"\xff", b'{"id":1}', record("x", usage={"cost": 2**70}), record("x", status=2**20)],
)
def test_what_cannot_be_read_is_counted_and_holds_up_nothing(broken: bytes):
    entries, _, unreadable = read_entries([broken, record("one")])
    assert ([each.id for each in entries], unreadable) == (["one"], 1)


@given(st.text(), st.text())
def test_whatever_callers_name_themselves_can_be_written(user: str, resource: str):
    entries, _, unreadable = read_entries(
        [json.dumps({"id": "1", "action": "x", "user": user, "resource": resource}).encode()]
    )
    assert len(entries) + unreadable == 1
    assert all("\0" not in each.user + each.resource for each in entries)


def test_names_with_nul_reach_every_database(store: Store):
    write(store, record("one", user="a\0b", resource="model/\0"))
    with store.reading() as connection:
        assert connection.execute(select(schema.ledger.c.user)).scalar_one() == "a�b"


def test_a_notice_is_kept_once_with_all_it_says(store: Store):
    body = {"kind": "notice", "id": "n1", "time": 5, "limit": "b", "scope": "team=a", "threshold": 0.8, "settled": 80}
    write(store, json.dumps(body).encode(), json.dumps(body).encode())
    with store.reading() as connection:
        (row,) = connection.execute(select(schema.notices)).mappings()
    assert (row["id"], row["limit"], json.loads(row["body"])["settled"]) == ("n1", "b", 80)


def test_a_batch_is_written_whole_or_not_at_all(store: Store):
    entries, _, _ = read_entries([record("one", charges=[charge(5)])])
    with pytest.raises(AlreadyThere), store.writing() as connection:
        write_new(connection, entries * 2)
    with store.reading() as connection:
        assert connection.execute(select(schema.ledger.c.id)).all() == []
        assert current_balances(connection, 1) == []
