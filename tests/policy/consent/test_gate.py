"""Calls wait until a person has approved exactly them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.policy.consent.scene import PUSH, Office, office
from trigate.core.action import Action
from trigate.core.errors import ApprovalDenied, ApprovalPending, BadRequest, StoreUnavailable
from trigate.policy.approval import ApprovalRule
from trigate.policy.argument import Arguments
from trigate.policy.consent.petition import SERVICE

READ = Action("mcp.tools.call", "server/git/tool/read")


async def test_a_call_that_no_rule_is_about_does_not_wait(tmp_path: Path) -> None:
    rule = ApprovalRule(on=("mcp.tools.call server/git/tool/push*",), team="web", by="operator")
    async with office(tmp_path, rule) as here:
        for call in (here.call(READ, team="web"), here.call(PUSH, team="data")):
            assert here.gate.hold(call, here.lane, {}, None) is None  # type: ignore[arg-type]


async def test_who_is_asked_something_waits_for_nobody(tmp_path: Path) -> None:
    async with office(tmp_path, ApprovalRule(on=("*",))) as here:
        for name in ("mcp.tools.list", "mcp.initialize", "mcp.elicitation.create"):
            assert here.gate.hold(here.call(Action(name, "server/git")), here.lane, {}, None) is None  # type: ignore[arg-type]


async def test_a_call_whose_server_must_still_be_looked_up_is_held_when_it_is_known(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        for action in (Action("mcp.tools.call", "endpoint/*"), Action("mcp.resources.read", "endpoint/web")):
            assert here.gate.hold(here.call(action), here.lane, {}, None) is None  # type: ignore[arg-type]
        with pytest.raises(ApprovalPending):
            await here.hold(here.call(PUSH))


async def test_a_call_is_made_once_after_an_operator_has_approved_it(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        with pytest.raises(ApprovalPending) as pending:
            await here.hold(here.call(), {"branch": "main"})
        (row,) = await here.waiting()
        assert pending.value.approval == row["id"]
        assert (row["action"], row["resource"], row["key"]) == (PUSH.name, PUSH.resource, "dev")
        await here.decide(row["id"], "granted")
        assert await here.hold(here.call(), {"branch": "main"}) == [f"approved.{row['id']}"]
        with pytest.raises(ApprovalPending) as again:
            await here.hold(here.call(), {"branch": "main"})
        assert again.value.approval != row["id"]


@pytest.mark.parametrize(
    ("other", "arguments"),
    [
        ({}, {"branch": "prod"}),
        ({}, {"branch": "main", "force": True}),
        ({"key": "eve"}, {"branch": "main"}),
        ({"user": "eve"}, {"branch": "main"}),
        ({"on_behalf_of": "eve"}, {"branch": "main"}),
        ({"action": READ}, {"branch": "main"}),
    ],
)
async def test_a_grant_is_good_for_nothing_else(tmp_path: Path, other: Any, arguments: Any) -> None:
    async with office(tmp_path) as here:
        with pytest.raises(ApprovalPending) as pending:
            await here.hold(here.call(), {"branch": "main"})
        await here.decide(pending.value.approval, "granted")
        with pytest.raises(ApprovalPending):
            await here.hold(here.call(**other), arguments)
        assert await here.hold(here.call(), {"branch": "main"})


async def test_the_order_of_members_makes_no_other_call(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        with pytest.raises(ApprovalPending) as pending:
            await here.hold(here.call(), {"a": {"x": 1, "y": [2, 3]}, "b": 4})
        await here.decide(pending.value.approval, "granted")
        assert await here.hold(here.call(), {"b": 4, "a": {"y": [2, 3], "x": 1}})


async def test_of_many_at_once_one_uses_a_grant(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        with pytest.raises(ApprovalPending) as pending:
            await here.hold(here.call())
        await here.decide(pending.value.approval, "granted")
        done = await asyncio.gather(*(here.hold(here.call()) for _ in range(8)), return_exceptions=True)
        assert sum(isinstance(each, list) for each in done) == 1
        assert all(isinstance(each, list | ApprovalPending) for each in done)


async def test_a_denied_call_is_refused_and_not_asked_for_again(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        with pytest.raises(ApprovalPending) as pending:
            await here.hold(here.call())
        await here.decide(pending.value.approval, "denied", comment="not today")
        with pytest.raises(ApprovalDenied) as denied:
            await here.hold(here.call())
        assert denied.value.approval == pending.value.approval
        assert await here.waiting() == []


async def test_a_call_that_is_held_goes_on_when_it_is_approved(tmp_path: Path) -> None:
    async with office(tmp_path, wait=300) as here:
        held = asyncio.ensure_future(here.hold(here.call()))
        while not (rows := await here.waiting()):
            await asyncio.sleep(0)
        await here.decide(rows[0]["id"], "granted")
        assert await held == [f"approved.{rows[0]['id']}"]


async def test_so_many_calls_of_one_caller_wait_and_no_more(tmp_path: Path) -> None:
    async with office(tmp_path, most=2) as here:
        for number in range(2):
            with pytest.raises(ApprovalPending):
                await here.hold(here.call(), {"n": number})
        with pytest.raises(ApprovalPending, match="too many"):
            await here.hold(here.call(), {"n": 2})
        with pytest.raises(ApprovalPending, match="waits for an operator"):
            await here.hold(here.call(key="other"), {"n": 2})
        assert len(await here.waiting()) == 3


async def test_without_its_queue_nothing_is_approved(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        del here.bus.services[SERVICE]
        with pytest.raises(StoreUnavailable):
            await here.hold(here.call())


async def test_arguments_that_can_be_read_in_two_ways_are_refused(tmp_path: Path) -> None:
    import msgspec

    async with office(tmp_path) as here:
        twice = Arguments({"a": msgspec.Raw(b'{"x":1,"x":2}')})
        with pytest.raises(BadRequest):
            await here.hold(here.call(), twice)


async def test_the_person_at_the_callers_end_is_asked_first(tmp_path: Path) -> None:
    async with office(tmp_path, ApprovalRule()) as here:
        here.lane.says = True
        assert await here.hold(here.call()) == ["approved.caller"]
        assert here.lane.questions == ["Allow mcp.tools.call on server/git/tool/push?"]
        here.lane.says = False
        with pytest.raises(ApprovalDenied):
            await here.hold(here.call())
        here.lane.says = None
        with pytest.raises(ApprovalPending):
            await here.hold(here.call())
        assert len(await here.waiting()) == 1


async def test_a_rule_for_operators_asks_nobody_else(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.lane.says = True
        with pytest.raises(ApprovalPending):
            await here.hold(here.call())
        assert here.lane.questions == []


@pytest.mark.parametrize(
    ("tools", "said", "waits"),
    [
        ("destructive", {}, True),
        ("destructive", {"destructive": False}, False),
        ("destructive", {"read_only": True}, False),
        ("destructive", {"destructive": True}, True),
        ("writing", {"destructive": False}, True),
        ("writing", {"read_only": True}, False),
        ("any", {"read_only": True}, True),
    ],
)
async def test_what_a_server_says_of_a_tool_decides(tmp_path: Path, tools: Any, said: Any, waits: bool) -> None:
    async with office(tmp_path, ApprovalRule(tools=tools, by="operator")) as here:
        here.lane.said = said
        if waits:
            with pytest.raises(ApprovalPending):
                await here.hold(here.call())
        else:
            assert await here.hold(here.call()) == []


async def test_conditions_look_at_arguments_and_tools_and_ask_if_in_doubt(tmp_path: Path) -> None:
    rule = ApprovalRule(when="arguments.amount > 100 && !tool.idempotent", by="operator")
    async with office(tmp_path, rule) as here:
        assert await here.hold(here.call(), {"amount": 5}) == []
        with pytest.raises(ApprovalPending):
            await here.hold(here.call(), {"amount": 500})
        with pytest.raises(ApprovalPending):
            await here.hold(here.call(), {})
        here.lane.said = {"idempotent": True}
        assert await here.hold(here.call(), {"amount": 500}) == []


async def approve(here: Office, call: Any, arguments: Any = None) -> str:
    """Have an operator approve a call; the id of the grant."""
    with pytest.raises(ApprovalPending) as pending:
        await here.hold(call, arguments)
    await here.decide(pending.value.approval, "granted")
    return pending.value.approval


async def test_a_grant_covers_the_further_rounds_of_its_one_call(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        id, call = await approve(here, here.call(), {"n": 1}), here.call()
        await here.hold(call, {"n": 1})
        for round in ("one", "two"):
            here.lane.brought = replace(call.consent, once=round)
            call = here.call()
            assert await here.hold(call, {"n": 1}) == [f"approved.{id}"]
        with pytest.raises(ApprovalDenied, match="has been used"):
            await here.hold(here.call(), {"n": 1})
        assert len(await here.waiting("used")) == 3


@pytest.mark.parametrize(
    ("other", "arguments", "beside"),
    [({}, {"n": 2}, {}), ({"key": "eve"}, {"n": 1}, {}), ({"action": READ}, {"n": 1}, {}), ({}, {"n": 1}, {"x/y": 1})],
)
async def test_what_is_brought_back_is_good_for_no_other_call(
    tmp_path: Path, other: Any, arguments: Any, beside: Any
) -> None:
    async with office(tmp_path) as here:
        await approve(here, here.call(), {"n": 1})
        call = here.call()
        await here.hold(call, {"n": 1})
        here.lane.brought, here.lane.more = replace(call.consent, once="one"), beside
        with pytest.raises(BadRequest):
            await here.hold(here.call(**other), arguments)


async def test_what_was_approved_under_another_rule_is_asked_about_anew(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await approve(here, here.call())
        call = here.call()
        await here.hold(call)
        here.lane.brought = replace(call.consent, once="one", place="another rule")
        with pytest.raises(ApprovalPending):
            await here.hold(here.call())


async def test_of_many_who_bring_the_same_back_one_goes_on(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await approve(here, here.call())
        call = here.call()
        await here.hold(call)
        here.lane.brought = replace(call.consent, once="one")
        done = await asyncio.gather(*(here.hold(here.call()) for _ in range(8)), return_exceptions=True)
        assert sum(isinstance(each, list) for each in done) == 1
        assert sum(isinstance(each, ApprovalDenied) for each in done) == 7


async def test_what_goes_along_with_the_arguments_is_a_part_of_what_is_approved(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        here.lane.more = {"vendor/force": True, "claude/toolUseId": "a"}
        with pytest.raises(ApprovalPending) as pending:
            await here.hold(here.call(), {"n": 1})
        await here.decide(pending.value.approval, "granted")
        here.lane.more = {"vendor/force": False}
        with pytest.raises(ApprovalPending):
            await here.hold(here.call(), {"n": 1})
        here.lane.more = {"vendor/force": True, "claude/toolUseId": "b"}
        assert await here.hold(here.call(), {"n": 1}) == [f"approved.{pending.value.approval}"]


async def test_a_call_that_only_goes_on_keeps_what_it_was_approved_by(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        id = await approve(here, here.call())
        call = here.call()
        await here.hold(call)
        here.lane.brought, here.lane.waits = replace(call.consent, once="one"), True
        waiting = here.call()
        assert await here.hold(waiting) == []
        assert waiting.consent.grant == id
