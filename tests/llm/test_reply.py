"""Counts of an answer: sound or not, and added up."""

import pytest
from msgspec import structs

from trigate.core.usage import Usage
from trigate.llm.reply import MOST_TOKENS, Tally

WHOLE = Tally(input=1, cache_read=2, cache_write=3, cache_write_long=4, output=5, reasoning=6)


def test_each_is_added_to_its_own_field() -> None:
    usage = Usage(input_tokens=10)
    WHOLE.add_to(usage)
    assert usage == Usage(
        input_tokens=11, cache_read_tokens=2, cache_write_tokens=3, cache_write_long_tokens=4, output_tokens=5,
        reasoning_tokens=6,
    )  # fmt: skip
    assert (WHOLE.prompt, WHOLE.completion) == (10, 11)


@pytest.mark.parametrize("field", ["input", "cache_read", "cache_write", "cache_write_long", "output", "reasoning"])
@pytest.mark.parametrize(("count", "sound"), [(-1, False), (0, True), (MOST_TOKENS, True), (MOST_TOKENS + 1, False)])
def test_nonsense_is_not_sound(field: str, count: int, sound: bool) -> None:
    assert structs.replace(Tally(), **{field: count}).sound is sound
