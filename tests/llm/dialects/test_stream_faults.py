"""Whatever a provider's stream holds: its reader understands it or says that it cannot, and nothing else happens."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.golden.book import LIMIT, asked, sources
from tests.llm.golden.frame import BINARY, from_text
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.reply import ChoiceEnd, End, Event, Failure, PartBegin, PartEnd

JUNK = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=6)
    | st.just([]) | st.just({}) | st.just([None]) | st.just({"type": "future"})
)  # fmt: skip
"""What nobody expects in any place."""
STREAMS = {
    dialect: [path.read_text(encoding="utf-8") for found, path in sources("streams") if found == dialect]
    for dialect in CHAT_DIALECTS
}


def events_of(dialect: str, text: str) -> list[str]:
    """A stream in its pieces: events, or lines that stand for frames."""
    return [each for each in text.split("\n" if dialect == BINARY else "\n\n") if each.strip()]


def joined(dialect: str, events: list[str]) -> bytes:
    return from_text(dialect, "".join(each + ("\n" if dialect == BINARY else "\n\n") for each in events))


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value in which something is not as it should be."""
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        name = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 4)):
            return {key: each for key, each in value.items() if key != name}
        return value | {name: draw(changed(value[name]))}
    if isinstance(value, list) and value and draw(st.integers(0, 5)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], draw(changed(value[place])), *value[place + 1 :]]
    return draw(JUNK)


@st.composite
def broken_event(draw: st.DrawFn, event: str) -> str:
    """An event whose JSON is another, or none."""
    if event.startswith("{"):
        frame = json.loads(event)
        return json.dumps(frame | {"payload": draw(changed(frame["payload"]))})
    head, mark, data = event.rpartition("data: ")
    match draw(st.sampled_from(["value", "value", "value", "cut", "text"])):
        case "value" if is_json(data):
            return head + mark + json.dumps(draw(changed(json.loads(data))))
        case "cut":
            return head + mark + data[: draw(st.integers(0, len(data)))]
        case _:
            return head + mark + draw(st.text(max_size=9))


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@st.composite
def faulty(draw: st.DrawFn, dialect: str) -> bytes:
    """A stream with some faults."""
    events = events_of(dialect, draw(st.sampled_from(STREAMS[dialect])))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(events) - 1))
        match draw(st.sampled_from(["break", "break", "break", "twice", "leave out", "move", "other"])):
            case "break":
                events[place] = draw(broken_event(events[place]))
            case "twice":
                events.insert(draw(st.integers(0, len(events))), events[place])
            case "leave out" if len(events) > 1:
                del events[place]
            case "move":
                events.insert(draw(st.integers(0, len(events) - 1)), events.pop(place))
            case _:
                more = draw(st.sampled_from(STREAMS[dialect]))
                events.insert(place, draw(st.sampled_from(events_of(dialect, more))))
    data = joined(dialect, events)
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


def read(dialect: str, data: bytes, size: int) -> list[Event]:
    """All events, told in every dialect; those before a fault, if one is met."""
    reader = find_chat_dialect(dialect).stream_reader(LIMIT)
    writers = [find_chat_dialect(each).stream_writer(asked(each)) for each in CHAT_DIALECTS]
    found: list[Event] = []

    def take(events: list[Event]) -> None:
        found.extend(events)
        for writer in writers:
            writer.write(events)

    with suppress(UpstreamProtocolError):
        for start in range(0, len(data), size):
            take(reader.feed(data[start : start + size]))
        take(reader.finish())
    return found


@pytest.mark.parametrize("dialect", CHAT_DIALECTS)
@given(data=st.data())
def test_a_faulty_stream_is_understood_or_refused(dialect: str, data: st.DataObject):
    stream = data.draw(faulty(dialect))
    judge(read(dialect, stream, data.draw(st.sampled_from([len(stream) or 1, 11]))))


@pytest.mark.parametrize("dialect", CHAT_DIALECTS)
@given(st.binary(max_size=60), st.integers(1, 7))
def test_bytes_that_are_no_stream_are_refused(dialect: str, data: bytes, size: int):
    assert not any(isinstance(each, End) for each in read(dialect, data, size))


@pytest.mark.parametrize("dialect", CHAT_DIALECTS)
@given(data=st.data())
def test_a_faulty_stream_of_ones_own_dialect_passes_or_is_refused(dialect: str, data: st.DataObject):
    stream = data.draw(faulty(dialect))
    passing = find_chat_dialect(dialect).passing(LIMIT, hides_usage=data.draw(st.booleans()))
    with suppress(UpstreamProtocolError):
        passing.feed(stream[: len(stream) // 2])
        passing.feed(stream[len(stream) // 2 :])
        passing.finish()
    assert passing.tally is None or passing.tally.sound
    assert passing.spoken() >= 0


@pytest.mark.parametrize(
    ("dialect", "path"),
    [pytest.param(dialect, path, id=f"{dialect}-{path.stem}") for dialect, path in sources("streams")],
)
def test_a_stream_that_is_cut_off_is_never_complete(dialect: str, path: Path):
    """Wherever it is cut: an answer looks whole only if all was said but what follows the last word."""
    events = events_of(dialect, path.read_text(encoding="utf-8"))
    whole = read(dialect, joined(dialect, events), LIMIT)
    said = [each for each in whole if isinstance(each, ChoiceEnd | PartEnd)]
    for count in range(len(events)):
        found = read(dialect, joined(dialect, events[:count]), LIMIT)
        judge(found)
        if any(isinstance(each, End) for each in found):
            assert [each for each in found if isinstance(each, ChoiceEnd | PartEnd)] == said


def judge(events: list[Event]) -> None:
    """Nothing comes after the end, and what ends has begun."""
    last = [place for place, each in enumerate(events) if isinstance(each, End | Failure)]
    assert last in ([], [len(events) - 1])
    begun = {(each.choice, each.index) for each in events if isinstance(each, PartBegin)}
    assert {(each.choice, each.index) for each in events if isinstance(each, PartEnd)} <= begun
