"""Streams: bytes verbatim at every split, usage read and hidden, ends that are and are not ends."""

import re

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.dialects.openai_chat.passing import DONE, ChatPassing
from trigate.llm.reply import Tally

USAGE = b'{"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}'
WORD = b'{"id":"c","choices":[{"index":0,"delta":{"content":"hi"}}],"usage":null}'
STOP = b'{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'


def event(data: bytes, end: bytes = b"\n") -> bytes:
    return b"data: " + data + end + end


def new(*, hides_usage: bool = False, limit: int = 2**20) -> ChatPassing:
    return ChatPassing(hides_usage=hides_usage, limit=limit)


def run(stream: ChatPassing, pieces: list[bytes]) -> bytes:
    """What the caller gets, the last event included, as the lane would pass it on."""
    out = b""
    for piece in pieces:
        out += stream.feed(piece)
        if stream.last:
            break
    else:
        out += stream.finish()
    return out + stream.last


def test_a_block_of_events_passes_as_the_same_object():
    block = event(WORD) * 5
    assert new().feed(block) is block


def test_an_incomplete_event_waits_for_its_end():
    stream = new()
    assert stream.feed(event(WORD) + b'data: {"x') == event(WORD)
    assert stream.feed(b'y"}') == b""
    assert stream.feed(b"\n") == b""
    assert stream.feed(b"\n" + event(STOP)[:3]) == b'data: {"xy"}\n\n'


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_done_is_the_last_event_and_what_follows_is_dropped(end: bytes):
    stream = new()
    assert stream.feed(event(WORD, end) + event(b"[DONE]", end) + event(WORD, end)) == event(WORD, end)
    assert stream.last == event(b"[DONE]", end)


def test_the_usage_chunk_is_read_and_shown_to_a_caller_who_asked():
    stream = new()
    assert run(stream, [event(WORD) + event(USAGE) + DONE]) == event(WORD) + event(USAGE) + DONE
    assert stream.tally == Tally(input=3, output=2)


def test_the_usage_chunk_is_read_and_hidden_from_a_caller_who_did_not_ask():
    stream = new(hides_usage=True)
    assert run(stream, [event(WORD), event(USAGE), DONE]) == event(WORD) + DONE
    assert stream.tally is not None
    assert stream.tally.output == 2


def test_a_chunk_with_words_and_usage_is_never_hidden():
    both = event(WORD.replace(b"null", b'{"prompt_tokens":1,"completion_tokens":9}'))
    stream = new(hides_usage=True)
    assert run(stream, [both, both.replace(b"9", b"11"), DONE]) == both + both.replace(b"9", b"11") + DONE
    assert stream.tally is not None
    assert stream.tally.output == 11


@pytest.mark.parametrize(
    "data",
    [
        b'{"choices":[],"prompt_filter_results":[{"usage":1}]}',
        b'{"choices":[],"usage":null}',
        b'{"choices":[],"usage":"none"}',
        b'{"choices":[],"usage":[[',
        b'{"choices":[{"delta":{"content":"\\"usage\\": {}"}}]}',
    ],
)
def test_what_only_looks_like_usage_passes(data: bytes):
    stream = new(hides_usage=True)
    assert run(stream, [event(data), DONE]) == event(data) + DONE
    assert stream.tally is None


def test_words_that_say_done_do_not_end_the_stream():
    word = event(WORD.replace(b"hi", b"[DONE]"))
    assert run(new(), [word, event(STOP), DONE]) == word + event(STOP) + DONE


def test_a_byte_order_mark_comments_ids_and_empty_events_pass():
    noise = b"\xef\xbb\xbf: hello\n\n\n\nid: 7\nevent: x\nretry: 10\n\n"
    assert run(new(), [noise, event(WORD), DONE]) == noise + event(WORD) + DONE


def test_usage_is_found_in_data_of_several_lines_after_a_byte_order_mark():
    stream = new(hides_usage=True)
    spread = b"\xef\xbb\xbf" + b"data:" + USAGE.replace(b",", b",\ndata: ") + b"\n\n"
    assert run(stream, [spread, DONE]) == DONE
    assert stream.tally == Tally(input=3, output=2)


def test_done_without_its_empty_line_still_ends_the_stream():
    assert run(new(), [event(WORD), b"data: [DONE]\n"]).startswith(event(WORD) + b"data: [DONE]\n")


def test_a_finished_stream_without_done_gets_one():
    assert run(new(), [event(WORD), event(STOP)]) == event(WORD) + event(STOP) + DONE
    assert run(new(hides_usage=True), [event(WORD), event(USAGE)]) == event(WORD) + DONE


@pytest.mark.parametrize("pieces", [[], [b""], [event(WORD)], [event(WORD), b"data: {"], [b": comment\n\n"]])
def test_an_unfinished_stream_has_no_last_event(pieces: list[bytes]):
    stream = new()
    run(stream, pieces)
    assert stream.last == b""
    assert not stream.failed


def test_an_error_of_the_upstream_in_the_stream_is_noticed():
    stream = new()
    failure = event(b'{"error":{"message":"boom"}}')
    assert run(stream, [event(WORD), failure]) == event(WORD) + failure
    assert stream.failed


def test_an_error_member_that_is_null_is_no_error():
    stream = new()
    run(stream, [event(b'{"error": null,"choices":[]}')])
    assert not stream.failed


def test_an_event_larger_than_the_limit_breaks_the_stream():
    stream = new(limit=1000)
    stream.feed(b"data: " + b"x" * 900)
    with pytest.raises(UpstreamProtocolError):
        stream.feed(b"x" * 200)


def test_many_small_events_are_never_too_large():
    stream = new(limit=200)
    for _ in range(100):
        assert stream.feed(event(WORD)[:20]) + stream.feed(event(WORD)[20:]) == event(WORD)


ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
lines = st.sampled_from(
    [
        b"data: " + WORD,
        b"data:" + STOP,
        b"data: " + USAGE,
        b": c",
        b"id: 1",
        b"data",
        b"data: [DONE",
        b"data: x\xe2\x80\xa8",
    ]
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    out = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    for _ in range(draw(st.integers(0, 6))):
        for _ in range(draw(st.integers(1, 3))):
            out += draw(lines) + draw(ends)
        out += draw(ends)
    return out + b"\n\ndata: [DONE]\n\n"


def events(raw: bytes) -> list[list[bytes]]:
    """The events of a stream by the letter of the standard: their lines, without comments."""
    found: list[list[bytes]] = [[]]
    for line in re.split(rb"\r\n|\r|\n", raw.removeprefix(b"\xef\xbb\xbf")):
        if not line:
            found.append([])
        elif not line.startswith(b":"):
            found[-1].append(line)
    return [each for each in found if each]


def is_usage(lines: list[bytes]) -> bool:
    data = b"\n".join(line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:"))
    try:
        return msgspec.json.decode(data).get("choices") == []
    except (msgspec.DecodeError, AttributeError):
        return False


@given(streams(), st.data())
def test_every_split_gives_the_same_bytes(raw: bytes, data: st.DataObject):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(raw)), max_size=12)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert run(new(), pieces) == raw


@given(streams(), st.data())
def test_hiding_removes_usage_chunks_and_nothing_else_at_any_split(raw: bytes, data: st.DataObject):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(raw)), max_size=12)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert events(run(new(hides_usage=True), pieces)) == [each for each in events(raw) if not is_usage(each)]


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_no_bytes_whatever_crash_it_or_change(pieces: list[bytes]):
    raw = b"".join(pieces)
    assume(b"[DONE]" not in raw and b'"usage"' not in raw)
    stream = new(limit=300)
    try:
        out = b"".join(map(stream.feed, pieces))
    except UpstreamProtocolError:
        return
    assert raw.startswith(out)
    assert len(raw) - len(out) <= 300
    assert stream.finish() == b""


def test_groqs_own_place_for_the_usage_is_read():
    told = b'{"choices":[{"index":0,"delta":{}}],"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":2}}}'
    stream = new(hides_usage=True)
    assert run(stream, [event(told), DONE]) == event(told) + DONE
    assert stream.tally == Tally(input=3, output=2)
