"""wrk is told what to send, and its words are read back."""

import pytest

from bench import load, message

REPORT = '  noise\n{"requests":2000,"micros":1000000,"p50":400,"p99":900,"errors":%d}\n'


def test_the_report_becomes_a_sample() -> None:
    assert load.read(REPORT % 0, 50_000_000) == (25.0, 2000.0, 400, 900)


@pytest.mark.parametrize("output", [REPORT % 1, "unable to connect", ""])
def test_an_error_is_never_a_figure(output: str) -> None:
    with pytest.raises(load.LoadError):
        load.read(output, 1)


def test_one_text_is_prebuilt_and_numbered_ones_take_turns() -> None:
    assert "function request()" not in load.script(message.chat("chat", stream=False))
    script = load.script(message.tool_call("forecast"))
    assert "function request()" in script
    assert '"id": 1256' in script
    assert message.CALL_ID not in script.split("function")[0].split("local bodies")[1]


def test_a_request_without_body_has_none() -> None:
    assert "wrk.body = nil" in load.script(message.bare("/page/hello"))
