"""A few events speak for all."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.sample import Sample


def event(text: str) -> bytes:
    return b"data: %b\n\n" % msgspec.json.encode({"choices": [{"delta": {"content": text}}]})


def estimate(blocks: list[bytes]) -> tuple[int, int]:
    """Tokens, and how many events were kept for that."""
    sample, events, kept = Sample(), 0, 0
    for block in blocks:
        events += block.count(b"data:")
        if events >= sample.due:
            sample.take(events, block)
            kept += 1
    return sample.tokens(events), kept


def test_a_long_stream_of_like_events_is_counted_exactly_from_few():
    tokens, kept = estimate([event("four")] * 10_000)
    assert tokens == 10_000
    assert kept <= 25


def test_the_first_event_which_says_only_who_speaks_counts_for_nothing():
    assert estimate([event(""), event("word"), event("word")])[0] == 2


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_how_events_come_in_blocks_makes_no_difference_where_all_are_alike(sizes: list[int]):
    assert estimate([event("eight ch") * size for size in sizes])[0] == 2 * sum(sizes)


def test_large_deltas_count_by_their_text():
    tokens, _ = estimate([event("x" * 400)] * 50)
    assert tokens == 5000


def test_what_cannot_be_read_counts_for_nothing():
    assert estimate([b"data: {broken\n\n", b"data: [DONE]\n\n", b": comment\n\n"])[0] == 0
    assert estimate([])[0] == 0
