"""What is understood of an ask for a moderation."""

from tests.llm.scene import Scene, answers

PATH = b"/v1/moderations"


async def test_an_ask_without_a_model_means_openais_usual_one():
    scene = Scene(answers({"id": "m", "model": "omni-moderation-latest", "results": []}))
    await scene.ask({"model": "openai/omni-moderation-latest", "input": "x"}, PATH)
    assert scene.status == 200
    assert scene.upstream == {"model": "omni-moderation-latest", "input": "x"}
    scene = await Scene().ask({"input": "x"}, PATH)
    assert scene.record["resource"] == "model/omni-moderation-latest"
    assert scene.status == 404


async def test_openais_own_cost_nothing():
    scene = await Scene(answers({"results": []})).ask({"model": "openai/omni-moderation-latest", "input": "x"}, PATH)
    assert (scene.usage.cost, scene.usage.unpriced) == (0, False)
    scene = await Scene(answers({"results": []})).ask({"model": "other/omni-moderation-latest", "input": "x"}, PATH)
    assert scene.usage.unpriced
