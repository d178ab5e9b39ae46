"""Copies of asks, through the lane."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.llm import test_hedge
from tests.llm.scene import JSON, Reply, Scene, answers, settings
from tests.llm.test_router import ASK, DONE
from tests.patience import PATIENCE
from tests.policy.limiting.stage import quotas_of, rate
from tests.policy.toys import FakeSpool
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamTimeout
from trigate.core.settings import Duration
from trigate.llm import mirror
from trigate.llm.mirror import MirrorSettings
from trigate.llm.model import Model
from trigate.llm.retry import Retries
from trigate.policy.limiting.limiter import Limiter
from trigate.store.tally import Tally

settled = test_hedge.settled
thinking = test_hedge.thinking


def mirrored(**written: Any) -> Any:
    model = Model(targets="openai/gpt-5.2", mirror=MirrorSettings(target="other/new", **written))
    return settings(models={"smart": model})


async def test_the_caller_gets_the_answer_of_the_target_and_the_copy_is_on_record():
    scene = await Scene(answers(DONE), answers(DONE), llm=mirrored()).ask({**ASK, "temperature": 0.5})
    assert scene.json == DONE
    parent, child = await settled(scene, 2)
    assert (parent["target"], parent["outcome"]) == ("openai/gpt-5.2", "ok")
    assert (child["target"], child["outcome"], child["flags"]) == ("other/new", "ok", ["llm.mirror"])
    assert child["parent"] == parent["id"]
    assert child["usage"]["output_tokens"] == 2
    assert scene.upstream == {**ASK, "temperature": 0.5, "model": "new"}


@pytest.mark.parametrize(
    "copied",
    [answers({"error": {"message": "no"}}, 400), answers({}, 500), Reply(200, JSON, b"{", UpstreamTimeout("silent"))],
    ids=["refused", "failed", "silent"],
)
async def test_a_copy_that_fails_disturbs_nobody(copied: Reply):
    scene = await Scene(answers(DONE), copied, llm=mirrored()).ask(ASK)
    assert scene.json == DONE
    _, child = await settled(scene, 2)
    assert child["outcome"] != "ok"


async def test_the_caller_does_not_wait_for_a_copy():
    copied = thinking(answers(DONE))
    scene = Scene(answers(DONE), copied, llm=mirrored())
    async with asyncio.timeout(PATIENCE):
        await scene.ask(ASK)
    assert scene.json == DONE
    assert [each["target"] for each in scene.spool.records] == ["openai/gpt-5.2"]
    assert copied.thinks is not None
    copied.thinks.set()
    assert (await settled(scene, 2))[1]["outcome"] == "ok"


@pytest.mark.parametrize(("drawn", "sent"), [(0.49, 2), (0.51, 1)])
async def test_a_share_of_the_asks_is_copied(drawn: float, sent: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mirror, "chance", lambda: drawn)
    scene = await Scene(answers(DONE), answers(DONE), llm=mirrored(share=50)).ask(ASK)
    await settled(scene, sent)
    assert len(scene.client.sent) == sent


async def test_there_are_never_more_copies_than_allowed():
    copied = thinking(answers(DONE))
    scene = Scene(answers(DONE), copied, answers(DONE), llm=mirrored(most=1))
    await scene.ask(ASK)
    async with asyncio.timeout(PATIENCE):
        while len(scene.client.sent) < 2:
            await asyncio.sleep(0)
    await scene.ask(ASK)
    assert len(scene.client.sent) == 3
    assert copied.thinks is not None
    copied.thinks.set()
    targets = [each["target"] for each in await settled(scene, 3)]
    assert targets == ["openai/gpt-5.2", "openai/gpt-5.2", "other/new"]


async def test_a_copy_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch):
    scene = Scene(answers(DONE), thinking(answers(DONE)), llm=mirrored())
    await scene.ask(ASK)
    async with asyncio.timeout(PATIENCE):
        while len(scene.client.sent) < 2:
            await asyncio.sleep(0)
    scene.deadlines.sweep(clock.monotonic())
    later = clock.monotonic() + 121
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    scene.deadlines.sweep(later)
    _, child = await settled(scene, 2)
    assert child["outcome"] == "gateway.stopped"
    assert len(scene.deadlines) == 0


async def test_a_copy_ends_with_the_credential_of_its_caller(monkeypatch: pytest.MonkeyPatch):
    scene = Scene(answers(DONE), thinking(answers(DONE)), llm=mirrored())
    scene.standing.ended = False
    await scene.ask(ASK)
    async with asyncio.timeout(PATIENCE):
        while len(scene.client.sent) < 2:
            await asyncio.sleep(0)
    scene.standing.ended = True
    later = clock.monotonic() + 2
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    scene.deadlines.sweep(later)
    _, child = await settled(scene, 2)
    assert child["outcome"] == "auth.invalid"


@pytest.mark.parametrize("written", [{"share": -1}, {"share": 101}, {"most": 0}, {"timeout": 0}])
def test_a_mirror_without_sense_is_refused(written: Any):
    with pytest.raises(ValueError, match=r"share|most"):
        MirrorSettings(target="a/b", **written)


async def test_what_a_limit_refuses_is_not_copied():
    limiter = Limiter(quotas_of([rate("key", requests=1)]), Tally(100), Deadlines(), FakeSpool())
    scene = Scene(answers(DONE), answers(DONE), llm=mirrored(share=0), limits=limiter)
    await scene.ask(ASK)
    scene = Scene(llm=mirrored(), limits=limiter)
    await scene.ask(ASK)
    assert scene.status == 429
    assert scene.client.sent == []
    assert len(scene.spool.records) == 1


async def test_only_the_first_attempt_is_copied():
    model = Model(
        targets=["openai/gpt-5.2", "openai/gpt-mini"],
        retries=Retries(attempts=1, backoff=Duration(0)),
        mirror=MirrorSettings(target="other/new"),
    )
    replies = [answers({}, 500), answers(DONE), answers({}, 500), answers(DONE)]
    scene = await Scene(*replies, llm=settings(models={"smart": model})).ask(ASK)
    await settled(scene, 2)
    asked = [msgspec.json.decode(each[3])["model"] for each in scene.client.sent]
    assert asked.count("new") == 1
