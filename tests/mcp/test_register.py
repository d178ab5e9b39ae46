"""The register: found by every worker, bounded, and nothing that ended is ever opened again."""

import os

from hypothesis import given
from hypothesis import strategies as st

from trigate.core.shared import share_alone
from trigate.mcp.register import MARK_BYTES, Register

SECOND = 1_000_000_000
START = 1_800_000_000 * SECOND
TTL = 60


def register(capacity: int = 8) -> Register:
    return Register(share_alone, capacity, TTL)


def mark() -> bytes:
    return os.urandom(MARK_BYTES)


def test_a_session_is_where_it_was_until_it_is_not():
    kept, one, two = register(), mark(), mark()
    at = kept.admit(one, START, START, 3)
    assert kept.find(one) == kept.find(one, at) == kept.find(one, kept.admit(two, START, START, 1)) == at
    assert kept.admit(one, START, START + 1, 0) == at
    assert (kept.level(at), kept.find(mark())) == (3, 0)


def test_a_use_counts_until_the_end_or_the_time_is_over():
    kept, one = register(), mark()
    at = kept.admit(one, START, START, 3)
    assert kept.use(at, START + TTL * SECOND)
    assert kept.use(at, START + 2 * TTL * SECOND)
    assert not kept.use(at, START + 3 * TTL * SECOND + 1)
    kept = register()
    at = kept.admit(one, START, START, 3)
    kept.end(one, START, START)
    assert not kept.use(at, START)


def test_an_end_that_comes_before_the_session_counts_too():
    kept, one = register(), mark()
    kept.end(one, START, START + SECOND)
    assert not kept.use(kept.admit(one, START, START + SECOND, 3), START + SECOND)


def test_a_bucket_without_room_gives_up_who_was_used_least():
    kept = register(1)
    marks = [mark() for _ in range(16)]
    for number, each in enumerate(marks):
        kept.admit(each, START, START + number, 0)
    kept.use(kept.find(marks[0]), START + SECOND)
    kept.admit(mark(), START + SECOND, START + SECOND, 0)
    assert [number for number, each in enumerate(marks) if not kept.find(each)] == [1]


def test_what_has_expired_makes_room_first():
    kept = register(1)
    old, marks = mark(), [mark() for _ in range(15)]
    kept.admit(old, START, START, 0)
    later = START + (TTL + 1) * SECOND
    for each in marks:
        kept.admit(each, later, later, 0)
    kept.admit(mark(), later, later, 0)
    assert not kept.find(old)
    assert all(kept.find(each) for each in marks)


@given(
    st.lists(
        st.tuples(st.sampled_from(["begin", "end", "open", "wait"]), st.integers(0, 60)), min_size=20, max_size=300
    )
)
def test_nothing_that_ended_is_opened_again_and_what_is_new_always_is(steps: list[tuple[str, int]]):
    kept, now = register(2), START
    begun: list[tuple[bytes, int]] = []
    ended: set[bytes] = set()
    for action, number in steps:
        if action == "wait":
            now += number * SECOND // 4
        elif action == "begin" or not begun:
            begun.append((mark(), now))
            assert kept.use(kept.admit(begun[-1][0], now, now, 0), now)
        elif action == "end":
            each, since = begun[number % len(begun)]
            kept.end(each, since, now)
            ended.add(each)
        now += 1
        for each, since in begun:
            if each in ended:
                at = kept.find(each) or kept.admit(each, since, now, 0)
                assert not (at and kept.use(at, now))
