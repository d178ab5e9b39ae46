"""Usage in the dialect's own counting."""

import msgspec
import pytest

from trigate.llm.dialects.openai_chat.tally import read_tally, write_tier, write_usage
from trigate.llm.reply import Tally

TALLY = Tally(
    input=10, cache_read=20, cache_write=3, output=5, reasoning=7, audio_input=2, audio_output=1, service_tier="flex"
)


def test_what_is_written_is_read_again():
    body = msgspec.json.encode({"usage": write_usage(TALLY), **write_tier(TALLY)})
    assert read_tally(body) == TALLY


def test_cached_tokens_are_counted_in_the_prompt_and_thoughts_in_the_completion():
    usage = write_usage(TALLY)
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (33, 12, 45)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"usage":null}', b'{"usage":{"prompt_tokens":-1}}', b'{"usage":[]}'])
def test_what_tells_nothing_true_is_no_tally(body: bytes):
    assert read_tally(body) is None


@pytest.mark.parametrize(
    ("given", "told"), [("standard", "default"), ("priority", "priority"), ("batch", ""), ("", "")]
)
def test_only_services_that_clients_know_are_told(given: str, told: str):
    assert write_tier(Tally(service_tier=given)).get("service_tier", "") == told
    assert write_tier(None) == {}
