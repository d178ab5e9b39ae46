"""Ratios are of medians, and a missing figure never passes."""

import pytest

from bench import budget
from bench.result import Footprint, Key, Result, Sample


def result(**cpu: float) -> Result:
    found = Result("machine", "method")
    for proxy, figure in cpu.items():
        for shift in (-1, 0, 9):
            found.add(Key("bare", False, proxy), Sample(figure + shift, 1, 1, 1))
    return found


@pytest.mark.parametrize(("ours", "verdict"), [(40.0, "pass"), (40.1, "FAIL")])
def test_the_ratio_of_the_medians_is_judged(ours: float, verdict: str) -> None:
    check = budget.checks(result(nginx=20.0, Trigate=ours))[0]
    assert check.found == pytest.approx(ours / 20)
    assert check.verdict == verdict


def test_a_missing_peer_is_not_a_pass() -> None:
    assert {check.verdict for check in budget.checks(result(Trigate=1.0))} == {"not measured"}


def test_the_footprint_is_judged_in_its_own_units() -> None:
    found = result()
    found.footprints.append(Footprint("Trigate", idle=79e6, start=1.2, stream=32 * 1024))
    verdicts = [check.verdict for check in budget.checks(found)[-4:]]
    assert verdicts == ["pass", "FAIL", "pass", "not measured"]
