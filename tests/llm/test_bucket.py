"""So much a minute."""

from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.bucket import Bucket


def test_a_minutes_worth_can_be_used_at_once_and_comes_back_evenly():
    bucket = Bucket(60)
    assert bucket.wait(60, 100.0) == 0
    bucket.take(60, 100.0)
    assert bucket.wait(1, 100.0) == 1.0
    assert bucket.wait(1, 101.0) == 0
    assert bucket.wait(30, 110.0) == 20.0


def test_more_than_a_minutes_worth_needs_a_full_bucket_and_no_more():
    bucket = Bucket(60)
    assert bucket.wait(1000, 0.0) == 0
    bucket.take(1000, 0.0)
    assert bucket.wait(1, 60.0) == 881.0


def test_what_is_given_back_never_makes_more_than_a_minutes_worth():
    bucket = Bucket(60)
    bucket.take(-1000, 0.0)
    bucket.take(60, 0.0)
    assert bucket.wait(1, 0.0) == 1.0


@given(st.integers(1, 1000), st.lists(st.tuples(st.integers(1, 50), st.floats(0, 10)), max_size=60))
def test_nobody_gets_more_than_a_minutes_worth_and_what_came_back_since(most: int, asked: list[tuple[int, float]]):
    bucket, now, given = Bucket(most), 0.0, 0
    for amount, passed in asked:
        now += passed
        if amount <= most and not bucket.wait(amount, now):
            bucket.take(amount, now)
            given += amount
    assert given <= most + most * now / 60 + 1e-6
