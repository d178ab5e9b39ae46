"""Why answers end."""

import pytest
from google.genai import types

from trigate.llm.dialects.gemini_content.stop import read_stop, write_stop
from trigate.llm.reply import Stop

STOPS: list[Stop] = ["end", "length", "sequence", "tool", "filter", "refusal", "pause", "context", "other"]


@pytest.mark.parametrize("stop", STOPS)
def test_clients_get_only_reasons_that_they_know(stop: Stop):
    assert write_stop(stop) in {each.value for each in types.FinishReason}


@pytest.mark.parametrize(
    ("reason", "called", "stop"),
    [
        ("STOP", False, "end"),
        ("STOP", True, "tool"),
        ("MAX_TOKENS", True, "length"),
        ("PROHIBITED_CONTENT", False, "filter"),
        ("MALFORMED_FUNCTION_CALL", False, "other"),
        ("SOMETHING_NEW", False, "other"),
    ],
)
def test_a_reason_is_understood(reason: str, called: bool, stop: Stop):
    assert read_stop(reason, called=called) == stop
