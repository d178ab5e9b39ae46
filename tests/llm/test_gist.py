"""What a stream loses on its way into another dialect is known at its end."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.llm.golden.book import LIMIT, asked, sources, translate
from tests.llm.golden.frame import from_text
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.conversation import Citation, Image, Media, Opaque, Part, Text, Thought, ToolCall
from trigate.llm.gist import Gist
from trigate.llm.loss import Losses
from trigate.llm.reply import ChoiceEnd, Cite, Delta, Event, PartBegin, PartEnd, Signature

TOLD_OTHERWISE = frozenset({"Text", "Thought", "Refusal", "signature"})
"""What may come out as fewer pieces, or as words of another kind, and yet say all."""


def losses(*events: Event, spoken: str = "gemini_content", wanted: str = "openai_chat") -> list[tuple[str, str]]:
    found = Losses()
    gist = Gist(spoken, find_chat_dialect(wanted), asked(wanted), taking(found))
    for event in events:
        if isinstance(event, Delta):
            if event.logprobs is not None:
                gist.rate(event.choice, event.logprobs)
        else:
            gist.take(event)
    assert gist.finish() == (b"told" if found else b"")
    return [(each.field, each.fate) for each in found.found()]


def taking(found: Losses) -> Callable[[Losses], bytes]:
    """Takes note."""

    def tell(losses: Losses) -> bytes:
        found.join(losses)
        return b"told"

    return tell


def part(part: Part, index: int = 0, choice: int = 0) -> list[Event]:
    return [PartBegin(index=index, part=part, choice=choice), PartEnd(index=index, choice=choice)]


def read(dialect: str, data: bytes) -> list[Event]:
    reader = find_chat_dialect(dialect).stream_reader(LIMIT)
    return [*reader.feed(data), *reader.finish()]


def kinds(events: Iterable[Event]) -> Counter[str]:
    """How many there are of each kind of content."""
    found: Counter[str] = Counter()
    for event in events:
        if isinstance(event, PartBegin):
            found[type(event.part).__name__] += 1
        elif isinstance(event, Cite):
            found["citation"] += 1
        elif isinstance(event, Delta) and event.logprobs is not None:
            found["logprobs"] = 1
        elif isinstance(event, ChoiceEnd):
            found["choice"] = max(found["choice"], event.choice + 1)
    return found


@pytest.mark.parametrize("target", CHAT_DIALECTS)
@pytest.mark.parametrize(
    ("dialect", "path"),
    [pytest.param(dialect, path, id=f"{dialect}-{path.stem}") for dialect, path in sources("streams")],
)
def test_what_does_not_come_out_is_told(dialect: str, path: Path, target: str):
    data = from_text(dialect, path.read_text())
    went_in = read(dialect, data)
    if target == dialect:
        assert losses(*went_in, spoken=dialect, wanted=target) == []
        return
    came_out = kinds(read(target, b"".join(translate(dialect, target, data))))
    ended = any(isinstance(each, ChoiceEnd) for each in went_in)
    missing = {kind for kind, count in kinds(went_in).items() if came_out[kind] < count} - TOLD_OTHERWISE
    if target == "cohere_chat" and came_out["choice"] == 0:
        missing.discard("choice")  # a filtered answer is told there by an error
    if missing and ended:
        assert losses(*went_in, spoken=dialect, wanted=target), missing


def test_an_ordinary_answer_loses_nothing_and_is_not_looked_at():
    class Nobody:
        """A dialect that must not be asked."""

    found = Losses()
    gist = Gist("openai_chat", Nobody(), asked("openai_chat"), taking(found))  # type: ignore[arg-type]
    for event in [*part(Thought()), *part(Text(text=""), 1), *part(ToolCall(id="c", name="f"), 2)]:
        gist.take(event)
    gist.take(ChoiceEnd(stop="tool"))
    assert gist.finish() == b""
    assert not found


def test_a_part_of_the_providers_own_is_lost():
    code = Opaque(dialect="gemini_content", kind="executableCode", value={})
    assert losses(*part(code)) == [("choices.message.executableCode", "dropped")]


def test_a_second_answer_is_lost_where_there_is_one_alone():
    events = [*part(Text(text="")), *part(Text(text=""), choice=1)]
    assert losses(*events) == []
    assert losses(*events, wanted="anthropic_messages") == [("choices", "dropped")]


def test_a_source_is_lost_where_answers_name_none():
    events = [*part(Text(text="")), Cite(index=0, citation=Citation(title="A book", document=0))]
    assert ("choices.message.annotations", "dropped") in losses(*events)


def test_likelihoods_are_lost_where_nobody_tells_them():
    said = Delta(index=0, text="a", logprobs={"content": []})
    assert losses(*part(Text(text="")), said, wanted="anthropic_messages") == [("logprobs", "dropped")]


def test_what_events_say_of_a_part_is_not_written_into_it():
    call = ToolCall(id="c", name="f")
    losses(*part(call), Signature(index=0, signature="s", maker="google"))
    assert call == ToolCall(id="c", name="f")


def test_a_picture_is_lost_where_answers_have_none():
    image = Image(media=Media(data="AAAA", mime="image/png"))
    assert losses(*part(image)) == []
    assert losses(*part(image), wanted="anthropic_messages") == [("content.image", "dropped")]
