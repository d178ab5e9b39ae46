"""What counts as the first token, in every dialect; and what becomes of a stream that fails before it."""

import pytest

from tests.llm.golden.book import LIMIT
from tests.llm.golden.frame import from_text
from tests.llm.scene import DONE, STOP, WORD, Scene, event, streams
from tests.llm.test_pairs import case
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.conversation import Text, ToolCall
from trigate.llm.event_stream import BORDER
from trigate.llm.prelude import MOST_HELD, Overhearing, listen
from trigate.llm.reply import Begin, ChoiceEnd, Count, Delta, End, Failure, PartBegin, PartEnd, Tally

BOTH = {"model": "smart", "messages": [], "stream": True}
ROLE = b'{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}'
ERROR = b'{"error":{"message":"too much","type":"server_error","code":"%b"}}'


@pytest.mark.parametrize("dialect", CHAT_DIALECTS)
def test_the_first_token_is_heard_before_the_end_and_after_the_beginning(dialect: str):
    data = from_text(dialect, case("streams", dialect).read_text())
    prelude = Overhearing(find_chat_dialect(dialect).stream_reader(LIMIT))
    place = 0
    while not prelude.begun:
        prelude.hear(data[place : place + 16])
        place += 16
    assert prelude.failure is None
    assert place < len(data) * 0.9
    if dialect != "bedrock_converse":
        assert len(BORDER.findall(data[:place])) >= (0 if dialect == "gemini_content" else 1)


def test_what_says_nothing_is_no_token():
    nothing = [
        Begin(),
        Count(tally=Tally()),
        PartBegin(index=0, part=Text(text="")),
        Delta(index=0, text=""),
        PartEnd(index=0),
    ]
    assert listen(nothing) == (False, None)
    failure = Failure(message="boom")
    assert listen([*nothing, failure]) == (False, failure)
    assert listen([*nothing, Delta(index=0, text="a"), failure]) == (True, None)
    assert listen([PartBegin(index=0, part=ToolCall(id="1", name="f", arguments=""))]) == (True, None)
    assert listen([ChoiceEnd(stop="end"), End()]) == (True, None)


def test_what_is_not_understood_is_taken_for_a_token():
    prelude = Overhearing(find_chat_dialect("openai_chat").stream_reader(10))
    prelude.hear(b"data: " + b"x" * 100)
    assert prelude.begun


@pytest.mark.parametrize("code", [b"overloaded_error", b"rate_limit_exceeded", b"server_error", b"insufficient_quota"])
async def test_an_error_before_the_first_token_is_another_targets_turn_and_costs_nothing(code: bytes):
    good = streams(event(WORD), event(STOP), DONE)
    scene = await Scene(streams(event(ROLE), event(ERROR % code)), good).ask(BOTH)
    assert scene.body == event(WORD) + event(STOP) + DONE
    assert scene.status == 200
    assert scene.record["target"] == "other/llama"
    assert scene.usage.output_tokens == 1


@pytest.mark.parametrize("code", [b"content_filter", b"content_policy_violation"])
async def test_an_error_that_is_the_callers_is_told(code: bytes):
    failure = event(ERROR % code)
    scene = await Scene(streams(event(ROLE), failure)).ask(BOTH)
    assert scene.body == event(ROLE) + failure
    assert scene.record["flags"] == ["llm.error_in_stream"]


async def test_a_stream_that_says_nothing_for_long_is_let_go():
    comments = [b": thinking\n\n" + b"x" * 0] * 4 + [b":" + b"x" * MOST_HELD + b"\n\n"]
    scene = await Scene(streams(*comments, event(ERROR % b"overloaded_error"))).ask(BOTH)
    assert scene.record["target"] == "openai/gpt-5.2"
    assert scene.record["flags"] == ["llm.error_in_stream"]


async def test_the_last_target_holds_nothing_back():
    scene = await Scene(streams(event(ROLE), event(ERROR % b"overloaded_error"))).ask({**BOTH, "model": "fast"})
    assert scene.body == event(ROLE) + event(ERROR % b"overloaded_error")
