"""The process log: one line per entry, no terminal tricks, no secret from a crash."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.clock import clock
from trigate.core.errors import UpstreamFailed
from trigate.telemetry.log import LINE_BYTES, LINES_PER_SECOND, Log, plain

CANARY = "sk-canary-7d1f"


@pytest.fixture
def told() -> Iterator[tuple[Log, Callable[[], str]]]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    log = Log()
    log.descriptor = write
    yield log, lambda: os.read(read, 65536).decode()
    os.close(read)
    os.close(write)


def test_an_entry_is_one_line_of_words(told: tuple[Log, Callable[[], str]]):
    log, read = told
    log.process = "worker-0"
    log.info("a thing has happened", pid=12, reason="")
    line = read()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00 info worker-0: a thing has happened pid=12\n", line)


def test_an_entry_is_one_json_object(told: tuple[Log, Callable[[], str]]):
    log, read = told
    log.form = "json"
    log.error("it failed", status=-9, text="a\nb\x1b[31mred\x1b[0m")
    entry = msgspec.json.decode(read())
    assert entry.pop("time")
    assert entry == {"level": "error", "process": "trigate", "event": "it failed", "status": -9, "text": "a\\x0abred"}


@given(st.text())
def test_no_text_makes_a_second_line_or_reaches_the_terminal_as_a_command(text: str):
    shown = plain(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", shown)


@pytest.mark.parametrize("attack", ["\x1b]0;title\x07x", "\x1b[2Jx", "\x1bcx", "\x1b]8;;http://a\x1b\\x"])
def test_terminal_sequences_are_taken_out_whole(attack: str):
    assert plain(attack) == "x"


def test_a_crash_tells_where_and_never_what(told: tuple[Log, Callable[[], str]]):
    log, read = told

    async def fail() -> None:
        raise RuntimeError(f"could not use {CANARY}")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(log.crash)
        task = asyncio.create_task(fail(), name="exchange")
        await asyncio.wait([task])
        context = {"message": CANARY, "exception": task.exception(), "task": task}
        asyncio.get_running_loop().call_exception_handler(context)

    asyncio.run(main())
    line = read()
    assert CANARY not in line
    assert "task=exchange fault=RuntimeError places=test_log.py:" in line


def test_a_crash_without_an_exception_is_told_too(told: tuple[Log, Callable[[], str]]):
    log, read = told
    loop = asyncio.new_event_loop()
    log.crash(loop, {"message": CANARY})
    loop.close()
    line = read()
    assert "a fault in the event loop" in line
    assert CANARY not in line


def test_the_message_of_our_own_errors_is_made_to_be_shown(told: tuple[Log, Callable[[], str]]):
    log, read = told
    log.fault("it failed", UpstreamFailed("the upstream is away"))
    assert "message=the upstream is away" in read()


def test_a_closed_standard_error_harms_nobody():
    log = Log()
    read, write = os.pipe()
    os.close(read)
    os.close(write)
    log.descriptor = write
    log.info("nobody hears this")


def test_a_reader_that_does_not_read_holds_up_nobody_and_is_told_what_it_missed(told: tuple[Log, Callable[[], str]]):
    log, read = told
    for _ in range(90):
        log.info("x", detail="x" * 3000)
    seen = read()
    lost = 90 - seen.count("\n")
    assert lost > 0
    while len(seen) >= 65536:
        seen = read()
    log.info("back")
    assert f"back lost={lost}" in read()


def test_a_fault_with_every_request_does_not_flood_the_log(
    told: tuple[Log, Callable[[], str]], monkeypatch: pytest.MonkeyPatch
):
    log, read = told
    second = [5]
    monkeypatch.setattr(clock, "wall_ns", lambda: second[0] * 1_000_000_000)
    for _ in range(LINES_PER_SECOND + 7):
        log.error("again")
    assert read().count("\n") == LINES_PER_SECOND
    second[0] += 1
    log.info("later")
    assert "later lost=7\n" in read()


def test_a_line_has_a_bound(told: tuple[Log, Callable[[], str]]):
    log, read = told
    log.info("event", detail="x" * 100_000)
    assert len(read()) == LINE_BYTES
    log.form = "json"
    log.info("event", detail="x" * 100_000)
    entry = msgspec.json.decode(read())
    assert (entry["event"], entry["cut"]) == ("event", True)
