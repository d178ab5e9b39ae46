"""What outlives its credential is looked for, as long as there is somebody to ask."""

import gc

import pytest

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.policy.expiry import EXPIRY_SECONDS, Expiry


class Serving:
    def __init__(self) -> None:
        self.asked = 0

    def end_expired(self) -> None:
        self.asked += 1


def test_it_looks_again_and_again_until_nobody_serves_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    deadlines, serving = Deadlines(), Serving()
    Expiry(serving, deadlines)
    for _ in range(3):
        deadlines.sweep(now)
        deadlines.sweep(now + EXPIRY_SECONDS / 2)
        now += EXPIRY_SECONDS
    assert serving.asked == 3
    assert len(deadlines) == 1
    del serving
    gc.collect()
    deadlines.sweep(now)
    assert len(deadlines) == 0
