"""Routes as a configuration says, through the lane."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.scene import JSON, KEY, Reply, Scene, answers, fails, settings
from tests.patience import PATIENCE
from tests.policy.limiting.stage import budget, concurrency, quotas_of
from tests.policy.toys import FakeSpool
from trigate.core.deadlines import Deadlines
from trigate.core.errors import StreamBroken, UpstreamTimeout, UpstreamUnreachable
from trigate.core.settings import Duration, Secret
from trigate.llm.branch import Branch
from trigate.llm.data_policy import DataPolicy
from trigate.llm.destination import Destination
from trigate.llm.fact_settings import FactSettings
from trigate.llm.mirror import MirrorSettings
from trigate.llm.model import Model
from trigate.llm.price_settings import PriceSettings
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.openai import OpenAI
from trigate.llm.requirement import Requirement
from trigate.llm.retry import Retries
from trigate.llm.strategies.conditional import Conditional
from trigate.policy.access import Access
from trigate.policy.limiting.limiter import Limiter
from trigate.policy.rule import Rule
from trigate.store.tally import Tally

ASK = {"model": "smart", "messages": [{"role": "user", "content": "hi"}]}
DONE = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
TOO_LONG = {"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}
BLOCKED = {"error": {"message": "no", "type": "invalid_request_error", "code": "content_policy_violation"}}


def models(**made: Model) -> Any:
    return settings(models=made)


def smart(**written: Any) -> Any:
    return models(smart=Model(**{"targets": ["openai/gpt-5.2", "other/llama"], **written}))


def tried(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["target"], each["fault"]) for each in record.get("tries", [])]


async def test_the_record_shows_every_attempt():
    scene = await Scene(answers({}, 503), answers(DONE)).ask(ASK)
    assert tried(scene.record) == [("openai/gpt-5.2", "overloaded")]
    (each,) = scene.record["tries"]
    assert 0 <= each["ended"] <= scene.record["duration"]
    assert (scene.record["target"], scene.record["attempts"]) == ("other/llama", 2)


async def test_an_answer_at_once_leaves_no_word_of_attempts():
    scene = await Scene(answers(DONE)).ask(ASK)
    assert "tries" not in scene.record


async def test_a_failure_that_is_not_to_lead_on_is_the_end():
    scene = await Scene(fails(UpstreamTimeout("slow")), llm=smart(fallback_on=("rate_limit",))).ask(ASK)
    assert scene.status == 504
    assert scene.record["attempts"] == 1


async def test_a_prompt_too_long_goes_to_the_target_for_that():
    llm = smart(fallbacks={"context_window": "other/long"})
    scene = await Scene(answers(TOO_LONG, 400), answers(DONE), llm=llm).ask(ASK)
    assert scene.status == 200
    assert scene.upstream["model"] == "long"
    assert tried(scene.record) == [("openai/gpt-5.2", "context_window")]


async def test_a_blocked_prompt_goes_on_only_where_that_is_configured():
    scene = await Scene(answers(BLOCKED, 400)).ask(ASK)
    assert (scene.status, scene.json) == (400, BLOCKED)
    llm = smart(fallbacks={"content_policy": ("other/uncensored",)})
    scene = await Scene(answers(BLOCKED, 400), answers(DONE), llm=llm).ask(ASK)
    assert scene.status == 200
    assert scene.upstream["model"] == "uncensored"


async def test_if_the_last_one_refuses_the_caller_hears_it_in_the_providers_words():
    llm = smart(fallbacks={"content_policy": ("other/uncensored",)})
    scene = await Scene(answers(BLOCKED, 400), answers(BLOCKED, 400), llm=llm).ask(ASK)
    assert (scene.status, scene.json) == (400, BLOCKED)


async def test_a_busy_target_is_asked_again_before_the_next():
    llm = smart(retries=Retries(attempts=1, backoff=Duration(0.001)))
    scene = await Scene(answers({}, 429), answers({}, 500), answers(DONE), llm=llm).ask(ASK)
    assert scene.status == 200
    assert tried(scene.record) == [("openai/gpt-5.2", "rate_limit"), ("openai/gpt-5.2", "server")]
    assert scene.record["target"] == "other/llama"


async def test_retries_of_the_lane_hold_for_models_asked_for_by_their_provider_too():
    llm = settings(retries=Retries(attempts=1, backoff=Duration(0)))
    scene = await Scene(fails(UpstreamUnreachable("gone")), answers(DONE), llm=llm).ask({**ASK, "model": "other/llama"})
    assert scene.status == 200
    assert scene.record["attempts"] == 2


async def test_a_model_may_do_without_the_retries_of_the_lane():
    llm = settings(
        retries=Retries(attempts=1, backoff=Duration(0)),
        models={"smart": Model(targets="other/llama", retries=Retries(attempts=0))},
    )
    scene = await Scene(fails(UpstreamUnreachable("gone")), llm=llm).ask(ASK)
    assert scene.status == 502


async def test_every_attempt_that_a_provider_took_on_is_paid_for():
    llm = smart(retries=Retries(attempts=1, backoff=Duration(0)))
    broken = Reply(200, JSON, b'{"id', StreamBroken("reset"))
    scene = await Scene(broken, answers(DONE), llm=llm).ask(ASK)
    assert scene.status == 200
    assert scene.usage.estimated
    assert scene.usage.input_tokens > 3
    assert scene.usage.output_tokens >= 2


async def test_asks_go_where_a_rule_says():
    rule = Branch(when="arguments.metadata.tier == 'gold'", targets="other/llama")
    scene = await Scene(answers(DONE), llm=smart(strategy=Conditional(rules=(rule,)))).ask(
        {**ASK, "metadata": {"tier": "gold"}}
    )
    assert scene.record["target"] == "other/llama"


async def test_an_ask_that_no_target_may_take_is_refused_in_the_callers_words():
    llm = models(smart=Model(targets=[Destination(target="other/llama", when="principal.team == 'red'")]))
    scene = await Scene(llm=llm).ask(ASK)
    assert scene.status == 404
    assert scene.error["code"] == "model.no_target"
    assert scene.client.sent == []


async def test_on_loss_may_differ_by_model():
    providers = {"claude": Anthropic(api_key=Secret(KEY)), "other": OpenAI(base_url="http://127.0.0.1:9/v1")}
    llm = settings(
        providers=providers, models={"smart": Model(targets=["claude/opus", "other/llama"], on_loss="reject")}
    )
    scene = await Scene(answers(DONE), llm=llm).ask({**ASK, "seed": 7})
    assert scene.record["target"] == "other/llama"
    assert tried(scene.record) == [("claude/opus", "request.not_portable")]


# --- what is demanded of targets ---


def policied(**written: Any) -> Any:
    providers = {
        "eu": OpenAI(base_url="http://127.0.0.1:9/v1", policy=DataPolicy(region="eu", retains=False, trains=False)),
        "us": OpenAI(
            base_url="http://127.0.0.1:8/v1",
            policy=DataPolicy(region="us"),
            facts={"*": FactSettings(can=["vision"], cannot=["tools"])},
        ),
    }
    return settings(providers=providers, models={"smart": Model(**{"targets": ["us/a", "eu/b"], **written})})


async def test_targets_that_do_not_meet_the_demand_are_not_asked():
    scene = await Scene(answers(DONE), llm=policied(require=Requirement(region="eu", retains=False))).ask(ASK)
    assert scene.record["target"] == "eu/b"


async def test_what_is_said_of_a_target_goes_before_what_is_said_of_its_provider():
    targets = [Destination(target="us/a", policy=DataPolicy(region="eu")), "eu/b"]
    scene = await Scene(answers(DONE), llm=policied(targets=targets, require=Requirement(region="eu"))).ask(ASK)
    assert scene.record["target"] == "us/a"


async def test_who_is_known_not_to_be_able_is_passed_over_ask_by_ask():
    llm = policied(require=Requirement(fit=True))
    scene = await Scene(answers(DONE), llm=llm).ask({**ASK, "tools": [{"type": "function", "function": {"name": "f"}}]})
    assert scene.record["target"] == "eu/b"
    scene = await Scene(answers(DONE), llm=llm).ask(ASK)
    assert scene.record["target"] == "us/a"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"require": Requirement(region="ch")}, "no target meets `require`, as far as is known: us/a: region: ch"),
        (
            {"targets": "eu/b", "require": Requirement(region="eu"), "fallbacks": {"server": "us/a"}},
            "us/a does not meet",
        ),
    ],
)
async def test_demands_that_nobody_meets_are_refused_at_load(written: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        Scene(llm=policied(**written))


# --- lists of the caller's own ---


@pytest.mark.parametrize("member", ["models", "fallbacks"])
async def test_a_caller_may_name_further_models(member: str):
    scene = await Scene(answers({}, 500), answers({}, 500), answers(DONE)).ask({**ASK, member: ["fast"]})
    assert scene.status == 200
    assert scene.upstream["model"] == "gpt-mini"
    child, parent = scene.spool.records
    assert (child["resource"], child["outcome"], child["target"]) == ("model/fast", "ok", "openai/gpt-mini")
    assert child["parent"] == parent["id"]
    assert child["usage"]["output_tokens"] == 2
    assert (parent["resource"], parent["outcome"], parent["target"]) == ("model/smart", "ok", "fast")
    assert "output_tokens" not in parent["usage"]


@pytest.mark.parametrize("retries", [None, Retries(attempts=1, backoff=Duration(0), on=("rate_limit",))])
async def test_each_model_of_a_list_gives_way_to_the_next(retries: Retries | None):
    llm = models(
        smart=Model(targets="openai/gpt-5.2"), fast=Model(targets="openai/gpt-mini", retries=retries),
        last=Model(targets="other/llama"),
    )  # fmt: skip
    scene = Scene(answers({}, 500), answers({}, 500), answers(DONE), llm=llm)
    await scene.ask({**ASK, "models": ["fast", "last"]})
    assert scene.status == 200
    assert scene.upstream["model"] == "llama"
    assert [each["resource"] for each in scene.spool.records] == ["model/fast", "model/last", "model/smart"]


async def test_the_last_model_of_a_list_is_heard_in_its_providers_words():
    own = {"error": {"message": "slow down", "type": "rate_limit_error"}}
    scene = Scene(answers({}, 500), answers({}, 500), answers({}, 500), answers(own, 429))
    await scene.ask({**ASK, "models": ["fast", "other/llama"]})
    assert (scene.status, scene.json) == (429, own)


async def test_a_target_may_stand_twice_with_a_condition_once():
    targets = [Destination(target="openai/gpt-5.2", when="ask.streamed"), "other/llama", "openai/gpt-5.2"]
    scene = await Scene(answers({}, 500), answers(DONE), llm=models(smart=Model(targets=targets))).ask(ASK)
    assert scene.status == 200
    assert scene.client.sent[0][0] == "http://127.0.0.1:9/v1"
    assert scene.upstream["model"] == "gpt-5.2"


async def test_a_form_that_lists_models_is_refused_for_its_provider_might_follow_it():
    fields = {"model": "fast", "models": '["openai/other"]', "file": "RIFF"}
    parts = [f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{each}\r\n' for name, each in fields.items()]
    form = [(b"content-type", b"multipart/form-data; boundary=b")]
    scene = Scene()
    await scene.ask(("".join(parts) + "--b--\r\n").encode(), b"/v1/audio/transcriptions", headers=form)
    assert (scene.status, scene.error["param"]) == (400, "models")
    assert scene.client.sent == []


async def test_no_provider_ever_sees_such_a_list():
    scene = await Scene(answers(DONE)).ask({**ASK, "models": ["smart", "fast"], "fallbacks": ["fast"]})
    assert set(scene.upstream) == {"model", "messages"}


async def test_the_first_of_a_list_is_the_model_where_none_is_named():
    scene = await Scene(answers(DONE)).ask({"models": ["fast", "smart"], "messages": ASK["messages"]})
    assert scene.record["resource"] == "model/fast"
    assert scene.upstream["model"] == "gpt-mini"


async def test_a_list_is_followed_in_every_dialect():
    ask = {"model": "smart", "max_tokens": 9, "messages": ASK["messages"], "models": ["fast"]}
    scene = await Scene(answers({}, 500), answers({}, 500), answers(DONE)).ask(ask, b"/v1/messages")
    assert scene.status == 200
    assert scene.json["content"][0]["text"] == "hello"
    assert b"x-trigate-loss" not in scene.headers


async def test_a_model_that_the_caller_may_not_use_is_refused_before_anybody_is_asked():
    rules = [Rule(allow=("llm.chat model/smart",))]
    scene = await Scene(access=Access(rules)).ask({**ASK, "models": ["fast"]})
    assert scene.status == 403
    assert scene.client.sent == []
    scene = await Scene(answers(DONE), access=Access(rules)).ask({**ASK, "models": ["smart"]})
    assert scene.status == 200


async def test_a_condition_that_only_the_ask_can_meet_is_asked_when_the_turn_of_its_model_comes():
    rules = [
        Rule(allow=("llm.chat model/smart",)),
        Rule(allow=("llm.chat model/fast",), when="arguments.temperature > 1.0"),
    ]
    scene = Scene(answers({}, 500), answers({}, 500), access=Access(rules))
    await scene.ask({**ASK, "temperature": 0.5, "models": ["fast"]})
    assert scene.status == 403
    assert len(scene.client.sent) == 2


async def test_a_model_that_is_not_there_is_told_at_once():
    scene = await Scene().ask({**ASK, "models": ["nothing"]})
    assert (scene.status, scene.error["code"]) == (404, "model_not_found")


async def test_a_name_that_no_provider_can_have_is_not_there():
    for name in ("openai/my model", "openai/", "/gpt", "openai/-x"):
        scene = await Scene().ask({**ASK, "model": name})
        assert (scene.status, scene.error["code"]) == (404, "model_not_found")


async def test_a_model_of_cloudflares_is_asked_by_its_own_name():
    scene = await Scene(answers(DONE)).ask({**ASK, "model": "openai/@cf/meta/llama-4"})
    assert scene.upstream["model"] == "@cf/meta/llama-4"


async def test_a_list_that_is_none_is_refused():
    scene = await Scene().ask({**ASK, "models": "fast"})
    assert scene.status == 400
    assert scene.error["param"] == "models"


async def test_if_all_fail_the_last_failure_is_told():
    scene = Scene(*[fails(UpstreamTimeout("slow"))] * 3)
    await scene.ask({**ASK, "models": ["fast"]})
    assert scene.status == 504
    assert [each["outcome"] for each in scene.spool.records] == ["upstream.timeout"] * 2


async def test_a_list_may_come_in_a_header_field():
    scene = Scene(answers({}, 500), answers({}, 500), answers(DONE))
    await scene.ask(ASK, wishes={b"fallbacks": b"fast"})
    assert scene.status == 200
    assert [each["resource"] for each in scene.spool.records] == ["model/fast", "model/smart"]


# --- what the caller demands ---


@pytest.mark.parametrize("model", ["smart", "eu/b"])
async def test_a_caller_may_demand_something_of_targets(model: str):
    scene = await Scene(answers(DONE), llm=policied()).ask({**ASK, "model": model}, wishes={b"require": b"region=eu"})
    assert scene.record["target"] == "eu/b"


@pytest.mark.parametrize("model", ["smart", "us/a"])
async def test_a_demand_that_no_target_meets_is_refused_and_nobody_is_asked(model: str):
    scene = await Scene(llm=policied()).ask({**ASK, "model": model}, wishes={b"require": b"region=ch"})
    assert (scene.status, scene.error["code"]) == (404, "model.no_target")
    assert scene.client.sent == []


async def test_a_demand_holds_for_every_target_that_may_follow():
    llm = policied(targets="eu/b", fallbacks={"server": "us/a"}, mirror=MirrorSettings(target="us/a"))
    scene = Scene(answers({}, 500), llm=llm)
    await scene.ask({**ASK, "models": ["us/c"]}, wishes={b"require": b"region=eu"})
    assert (scene.status, scene.error["code"]) == (404, "model.no_target")
    assert [each[0] for each in scene.client.sent] == ["http://127.0.0.1:9/v1"]


async def test_a_demand_may_look_at_the_ask():
    tools = [{"type": "function", "function": {"name": "f"}}]
    scene = await Scene(answers(DONE), llm=policied()).ask({**ASK, "tools": tools}, wishes={b"require": b"fit"})
    assert scene.record["target"] == "eu/b"


async def test_a_demand_that_nobody_understands_is_told():
    scene = await Scene(llm=policied()).ask(ASK, wishes={b"require": b"nonsense"})
    assert scene.status == 400


# --- whatever happens, what was reserved is given back and what was used is charged, once ---

FAILING = st.sampled_from([
    fails(UpstreamUnreachable("gone")),
    fails(UpstreamTimeout("slow")),
    answers({}, 429),
    answers({}, 500),
    answers({"error": {"message": "no"}}, 400),
    answers(TOO_LONG, 400),
    Reply(200, JSON, b'{"id', StreamBroken("reset")),
    answers(b"<html>"),
])  # fmt: skip


@given(st.lists(FAILING, max_size=7), st.integers(0, 2), st.lists(st.sampled_from(["fast", "other/x"]), max_size=2))
def test_budgets_are_exact_over_all_attempts_and_models(failures: list[Reply], retries: int, others: list[str]):
    asyncio.run(_check_budget([*failures, answers(DONE)] + [answers({}, 500)] * 12, retries, others))


async def _check_budget(replies: list[Reply], retries: int, others: list[str]) -> None:
    tally = Tally(100)
    limiter = Limiter(quotas_of([budget("key", usd=5)]), tally, Deadlines(), FakeSpool())
    price = PriceSettings(input=Decimal(1), output=Decimal(10))
    llm = settings(
        models={
            "smart": Model(
                targets=["openai/gpt-5.2", "other/llama"],
                fallbacks={"context_window": "other/long"},
                retries=Retries(attempts=retries, backoff=Duration(0)),
                price=price,
            ),
            "fast": Model(targets="openai/gpt-mini", price=price),
        },
        unknown_price=price,
    )
    scene = Scene(*replies, llm=llm, limits=limiter)
    await scene.ask({**ASK, "max_completion_tokens": 100, "models": others})
    spent = sum(each["usage"].get("cost", 0) for each in scene.spool.records)
    charged = sum(charge["amount"] for each in scene.spool.records for charge in each.get("charges", []))
    assert charged == spent
    assert not any(cell.reserved for cell in tally._cells.values())  # pyright: ignore[reportPrivateUsage]
    assert not limiter._desk.live  # pyright: ignore[reportPrivateUsage]
    assert (
        sum(each["attempts"] for each in scene.spool.records) == len(scene.client.sent) + len(scene.spool.records) - 1
    )


async def test_a_call_with_other_models_holds_one_place_among_calls_under_way():
    limiter = Limiter(quotas_of([concurrency("key", max=1)]), Tally(100), Deadlines(), FakeSpool())
    scene = Scene(answers({}, 500), answers({}, 500), answers(DONE), limits=limiter)
    await scene.ask({**ASK, "models": ["fast"]})
    assert scene.status == 200
    assert not limiter._desk.live  # pyright: ignore[reportPrivateUsage]


async def test_a_caller_who_leaves_during_a_wait_is_not_served_any_more():
    llm = smart(retries=Retries(attempts=1, backoff=Duration(60), longest=Duration(60)))
    scene = Scene(answers({}, 500), llm=llm)
    asking = asyncio.create_task(scene.ask(ASK))
    async with asyncio.timeout(PATIENCE):
        while not scene.client.answers or not scene.client.answers[0].closed:
            await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert scene.record["outcome"] == "caller.left"
    assert len(scene.client.sent) == 1


@pytest.mark.parametrize("name", ["fast", "nothing"])
async def test_who_may_not_use_a_model_of_a_list_is_not_told_whether_it_is_there(name: str):
    rules = [Rule(allow=("llm.chat model/smart",))]
    scene = await Scene(access=Access(rules)).ask({**ASK, "models": [name]})
    assert (scene.status, scene.error["message"]) == (403, f"key 'dev' may not do llm.chat on model/{name}")
