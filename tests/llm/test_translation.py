"""Streams told in another dialect: what is held back until the call is settled, what is counted, what is estimated."""

from collections.abc import Sequence

from tests.llm.golden.book import asked
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.conversation import Opaque, Text
from trigate.llm.gist import Gist
from trigate.llm.loss import Losses
from trigate.llm.reply import Begin, ChoiceEnd, Count, Delta, End, Event, Failure, PartBegin, Tally
from trigate.llm.translation import StreamTranslation


class Script:
    """A reader that understands each byte as an event."""

    def __init__(self, *events: Event) -> None:
        self.events = list(events)

    def feed(self, data: bytes) -> list[Event]:
        taken, self.events = self.events[: len(data)], self.events[len(data) :]
        return taken

    def finish(self) -> list[Event]:
        return self.feed(b"x" * len(self.events))


class Names:
    """A writer that says the events' names."""

    def write(self, events: Sequence[Event]) -> bytes:
        return b"".join(type(each).__name__.encode() + b"." for each in events)


def told(*events: Event) -> StreamTranslation:
    return StreamTranslation(Script(*events), Names())


def test_the_last_bytes_are_held_back() -> None:
    stream = told(Begin(), PartBegin(index=0, part=Text(text="")), ChoiceEnd(stop="end"), End())
    assert stream.feed(b"12") == b"Begin.PartBegin."
    assert stream.last == b""
    assert stream.feed(b"34") == b""
    assert stream.last == b"ChoiceEnd.End."
    assert stream.feed(b"5") == b""
    assert stream.finish() == b""


def test_a_dialect_without_last_words_gets_an_empty_line() -> None:
    class Silent(Names):
        def write(self, events: Sequence[Event]) -> bytes:
            return b""

    stream = StreamTranslation(Script(End()), Silent())
    stream.feed(b"1")
    assert stream.last == b"\n"


def test_what_is_lost_is_told_before_the_last_word() -> None:
    events = [Begin(), PartBegin(index=0, part=Opaque(dialect="gemini_content", kind="code", value={})), End()]
    lost: list[str] = []

    def tell(losses: Losses) -> bytes:
        lost.extend(each.field for each in losses.found())
        return b"Lost."

    gist = Gist("gemini_content", find_chat_dialect("openai_chat"), asked("openai_chat"), tell)
    stream = StreamTranslation(Script(*events), Names(), gist)
    stream.finish()
    assert lost == ["choices.message.code"]
    assert stream.last == b"Lost.Begin.PartBegin.End."


def test_the_latest_count_holds() -> None:
    stream = told(Begin(tally=Tally(input=1)), Count(tally=Tally(input=2)), Count(tally=Tally(input=3)), End())
    stream.feed(b"12")
    assert stream.tally == Tally(input=2)
    stream.finish()
    assert stream.tally == Tally(input=3)


def test_what_was_said_is_estimated() -> None:
    stream = told(Delta(index=0, text="12345"), Delta(index=0, text="6789"))
    assert stream.spoken() == 0
    stream.finish()
    assert stream.spoken() == 3
    assert stream.last == b""


def test_a_failure_is_known() -> None:
    stream = told(Failure(message="overloaded"))
    assert not stream.failed
    assert stream.finish() == b"Failure."
    assert stream.failed
