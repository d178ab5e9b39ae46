"""What the caller of many streams says is read strictly."""

import pytest

from bench import flow
from bench.load import LoadError


def test_the_last_line_becomes_a_sample_per_event() -> None:
    assert flow.read(["end", "1000", "300", "900", "0"], 20_000_000, 2.0) == (20.0, 500.0, 300, 900)


@pytest.mark.parametrize("words", [[], ["begin"], ["end", "1000", "1", "1", "3"], ["end", "0", "0", "0", "0"]])
def test_a_lost_stream_or_silence_is_an_error(words: list[str]) -> None:
    with pytest.raises(LoadError):
        flow.read(words, 1, 1.0)
