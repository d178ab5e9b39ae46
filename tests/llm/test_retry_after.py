"""When to ask again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.scene import Scene, answers
from trigate.core.clock import clock
from trigate.llm.retry_after import MOST, read_retry_after


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (b"7", 7),
        (b"0", 0),
        (b"1.5", 1.5),
        (b"99999999", MOST),
        (b"Sun, 22 Nov 2026 10:00:30 GMT", 30),
        (b"Sun, 22 Nov 2026 09:00:00 GMT", 0),
        (b"-1", None),
        (b"soon", None),
        (b"1e9", None),
        (b"", None),
        (b"\xff", None),
        (b"Sun, 99 Nov 2026 10:00:30 GMT", None),
    ],
)
def test_a_number_or_a_date(said: bytes, seconds: float | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "wall_ns", lambda: 1_795_341_600 * 10**9)  # 22 November 2026, 10:00 UTC
    assert read_retry_after([(b"retry-after", said)]) == seconds


def test_milliseconds_go_first_and_a_body_comes_last():
    assert read_retry_after([(b"retry-after", b"2"), (b"retry-after-ms", b"1500")]) == 1.5
    body = b'{"error": {"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}]}}'
    assert read_retry_after([], body) == 34.07
    assert read_retry_after([(b"retry-after", b"2")], body) == 2
    assert read_retry_after([]) is None


@given(st.binary(max_size=40))
def test_whatever_is_said_makes_sense_or_is_nothing(said: bytes):
    seconds = read_retry_after([(b"retry-after", said)])
    assert seconds is None or 0 <= seconds <= MOST


async def test_what_google_says_in_the_body_lets_the_target_rest():
    body = b'{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"34s"}]}}'
    scene = await Scene(answers(body, 429)).ask({"model": "fast", "messages": []})
    assert scene.status == 429
    (target,) = scene.goals("fast")
    assert 30 < target.opens(0.0) - clock.monotonic() <= 34
