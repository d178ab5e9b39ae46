"""Another model of the caller's choice; what comes of it through the lane stands with the router's tests."""

from typing import Any

from tests.llm.scene import Scene, answers
from tests.llm.test_router import ASK, DONE
from tests.llm.troupe import ask_of
from trigate.core.demand import NO_DEMAND
from trigate.llm.elsewhere import Elsewhere


def test_the_call_itself_reserves_nothing_for_it():
    nothing: Any = None
    other = Elsewhere("fast", nothing, nothing)
    assert other.name == "fast"
    assert other.demand(ask_of()) is NO_DEMAND


async def test_its_ask_is_the_same_but_for_the_model():
    scene = await Scene(answers({}, 500), answers({}, 500), answers(DONE)).ask(
        {**ASK, "temperature": 0.5, "models": ["fast"]}
    )
    assert scene.upstream == {**ASK, "temperature": 0.5, "model": "gpt-mini"}
