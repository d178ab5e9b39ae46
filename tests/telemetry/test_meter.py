"""Counts as Prometheus reads them."""

from trigate.store.ledger import Entry, Used
from trigate.telemetry.meter import Meter


def test_calls_tokens_money_and_durations_are_counted() -> None:
    meter = Meter()
    used = Used(input_tokens=3, reasoning_tokens=2, tool_calls=1, cost=1_250_000_000)
    meter.add([Entry(id="1", lane="llm", outcome="ok", duration=30_000, usage=used)] * 2)
    meter.add([Entry(id="2", lane="api", outcome="auth.invalid", duration=10**9)])
    lines = meter.text().splitlines()
    for wanted in (
        'trigate_calls_total{lane="llm",outcome="ok"} 2',
        'trigate_calls_total{lane="api",outcome="auth.invalid"} 1',
        'trigate_tokens_total{lane="llm",kind="input"} 6',
        'trigate_tokens_total{lane="llm",kind="reasoning"} 4',
        "trigate_tool_calls_total 2",
        "trigate_cost_dollars_total 2.500000000",
        'trigate_call_duration_seconds_bucket{lane="llm",le="0.025"} 0',
        'trigate_call_duration_seconds_bucket{lane="llm",le="0.05"} 2',
        'trigate_call_duration_seconds_bucket{lane="api",le="300.0"} 0',
        'trigate_call_duration_seconds_bucket{lane="api",le="+Inf"} 1',
        'trigate_call_duration_seconds_count{lane="llm"} 2',
        'trigate_call_duration_seconds_sum{lane="llm"} 0.060000',
    ):
        assert wanted in lines
