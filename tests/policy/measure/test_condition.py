"""Conditions of limits."""

import pytest

from tests.policy.limiting.stage import Stage, rate, run
from trigate.core.errors import RateReached
from trigate.policy.measure.condition import condition


async def test_a_limit_applies_only_where_its_condition_holds() -> None:
    stage = Stage(rate(requests=1, when="request.headers['x-batch'] == 'yes' && principal.team == 'a'"))
    for _ in range(3):
        await run(stage, stage.call(team="a", fields={"x-batch": "no"}))
        await run(stage, stage.call(team="b", fields={"x-batch": "yes"}))
    await run(stage, stage.call(team="a", fields={"x-batch": "yes"}))
    with pytest.raises(RateReached):
        await run(stage, stage.call(team="a", fields={"x-batch": "yes"}))


async def test_a_limit_applies_where_its_condition_cannot_be_told() -> None:
    stage = Stage(rate(requests=1, when="request.headers['x-none'] == 'yes'"))
    await run(stage, stage.call())
    with pytest.raises(RateReached):
        await run(stage, stage.call())


@pytest.mark.parametrize("text", ["1 +", "arguments.x == 1", "1 + 1", "nobody.key == 'a'"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="when: "):
        condition(text)
    with pytest.raises(ValueError, match="when: "):
        rate(requests=1, when=text)
