"""Reasons to stop are of the closed list that clients know."""

from typing import get_args

import pytest
from anthropic.types import StopReason

from trigate.llm.dialects.anthropic_messages.stop import read_stop, write_stop
from trigate.llm.reply import Stop


@pytest.mark.parametrize("reason", get_args(StopReason))
def test_every_reason_comes_back(reason: str) -> None:
    assert write_stop(read_stop(reason), calls=False) == reason


@pytest.mark.parametrize("stop", get_args(Stop))
@pytest.mark.parametrize("calls", [False, True])
def test_no_other_word_reaches_a_client(stop: Stop, calls: bool) -> None:
    assert write_stop(stop, calls=calls) in get_args(StopReason)


def test_an_answer_that_calls_a_tool_says_so() -> None:
    assert write_stop("end", calls=True) == "tool_use"
    assert write_stop("length", calls=True) == "max_tokens"


def test_a_reason_of_tomorrow_is_another_one() -> None:
    assert read_stop("boredom") == "other"
