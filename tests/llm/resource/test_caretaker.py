"""What nobody looks at is counted all the same, and what it can cost is kept from being spent before."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from tests.llm.resource.office import SHARE, Office
from tests.llm.resource.test_batch import BATCH, CREATE
from tests.llm.resource.test_progress import COST, DONE, RESULTS
from tests.llm.resource.test_recall import RESPONSE, say
from tests.llm.resource.test_round import Bus
from tests.llm.scene import Caller, Reply, answers
from tests.policy.limiting.stage import budget, quotas_of
from tests.policy.toys import FakeSpool, Stage
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.settings import Duration
from trigate.llm.resource.bearer import Bearer
from trigate.llm.resource.caretaker import LIFETIME, Caretaker
from trigate.llm.resource.kept import Share, read_kept, write
from trigate.llm.resource.round import Duty
from trigate.policy.limiting.limiter import Limiter
from trigate.store.holding import Holding
from trigate.store.tally import Tally

DEAR = Share("smart", "openai_chat", "gpt-large", 2, 600_000_000)
"""Sixty cents."""
MISSING = {"error": {"message": "no such batch", "type": "invalid_request_error"}}


def limited(*, usd: float = 1) -> Limiter:
    return Limiter(quotas_of([budget("key", usd=usd)]), Tally(100), Deadlines(), FakeSpool())


async def round_of(office: Office, **duty: Any) -> Caretaker:
    """One round in which the control process says this."""
    caretaker: Any = office.premises.caretaker
    caretaker._around = structs.replace(caretaker._around, bus=Bus(Duty(**duty)))
    await caretaker.round(office.premises)
    return caretaker


def swept(office: Office, *shares: Share, time: int | None = None, kind: str = "batch") -> Holding:
    """Something of Ann's."""
    handle = office.hold(kind, f"{kind}_raw", {"status": "in_progress"}, *(shares or (SHARE,)))
    held = office.register.rows[handle]
    kept = structs.replace(read_kept(held.body), bearer=Bearer("dev", user="ann", team="red"))
    time = clock.wall_ns() if time is None else time
    made = office.register.rows[handle] = structs.replace(held, body=write(kept), time=time)
    return made


async def test_a_batch_that_nobody_looks_at_is_counted_for_who_began_it():
    office = Office(answers(DONE), RESULTS)
    held = swept(office)
    await round_of(office, settle=(held,))
    (paid,) = office.spool.records
    assert (paid["key"], paid["user"], paid["team"]) == ("dev", "ann", "red")
    assert (paid["action"], paid["resource"], paid["target"]) == ("llm.chat", "model/smart", "openai/gpt-large")
    assert (paid["usage"]["cost"], paid["flags"]) == (COST, ["llm.batch_settled", "llm.swept"])
    assert "parent" not in paid
    assert office.register.rows[held.id].settled
    office.client.replies += [answers(DONE), RESULTS]
    await round_of(office, settle=(held,))
    assert len(office.spool.records) == 1


async def test_a_batch_under_way_is_left_alone():
    office = Office(answers({**DONE, "status": "in_progress"}))
    held = swept(office)
    await round_of(office, settle=(held,))
    assert not office.spool.records
    assert not office.register.rows[held.id].settled


async def test_an_answer_in_the_background_is_counted_too():
    queued = {**RESPONSE, "status": "queued", "output": [], "usage": None}
    office = await say(Office(answers(queued)), "Hi", "smart", background=True)
    (held,) = office.register.rows.values()
    office.client.replies.append(answers(RESPONSE))
    await round_of(office, settle=(held,))
    paid = office.last
    assert (paid["resource"], paid["usage"]["cost"]) == ("model/smart", 10 * 10_000 + 2 * 100_000)
    assert paid["key"] == "dev"


@pytest.mark.parametrize("reply", [answers(MISSING, 500), answers(MISSING, 429)])
async def test_a_provider_that_cannot_answer_is_asked_later(reply: Reply):
    office = Office(reply)
    held = swept(office)
    await round_of(office, settle=(held,))
    assert not office.spool.records
    assert not office.register.rows[held.id].settled


@pytest.mark.parametrize(("status", "age"), [(404, 60), (500, LIFETIME + 60)])
async def test_what_can_never_be_known_is_on_record_as_that(status: int, age: int):
    office = Office(answers(MISSING, status))
    held = swept(office, time=clock.wall_ns() - age * 10**9)
    await round_of(office, settle=(held,))
    (given_up,) = office.spool.records
    assert "llm.not_settled" in given_up["flags"]
    assert given_up["usage"]["unpriced"]
    assert office.register.rows[held.id].settled


async def test_what_lies_with_a_provider_of_another_configuration_waits():
    office = Office()
    held = structs.replace(swept(office), id=office.handle("batch", "batch_raw", "gone"))
    await round_of(office, settle=(held,))
    assert (office.asked, office.spool.records) == ([], [])


async def test_what_a_batch_can_cost_stays_reserved_until_it_is_counted():
    office = Office(answers(BATCH), limits=limited())
    file = office.hold("file", "file-raw", {}, DEAR)
    body = {**CREATE, "input_file_id": file}
    await office.ask(body, b"/v1/batches", b"POST")
    assert office.status == 200
    handle = office.json["id"]
    refused = await again(office).ask(body, b"/v1/batches", b"POST")
    assert refused.status == 429, refused.body
    assert refused.asked == []
    look = await again(office, answers(DONE), RESULTS).ask(path=b"/v1/batches/" + handle.encode())
    assert look.status == 200
    assert (await again(office, answers({**BATCH, "id": "batch_2"})).ask(body, b"/v1/batches", b"POST")).status == 200


def again(office: Office, *replies: Reply) -> Office:
    """The next exchange of the same gateway."""
    office.client.replies[:] = replies
    office.client.sent.clear()
    office.edge = Caller(office.signal, Stage(), office.spool)
    return office


async def test_a_batch_that_does_not_begin_reserves_nothing():
    office = Office(answers(MISSING, 500), answers(BATCH), limits=limited())
    body = {**CREATE, "input_file_id": office.hold("file", "file-raw", {}, DEAR)}
    assert (await office.ask(body, b"/v1/batches", b"POST")).status == 500
    assert (await again(office, answers(BATCH)).ask(body, b"/v1/batches", b"POST")).status == 200


async def test_another_worker_sets_the_same_aside_and_gives_it_back():
    limiter = limited()
    office = Office(limits=limiter)
    held = swept(office, DEAR)
    caretaker = await round_of(office, keep=(held,))
    assert len(limiter._desk.live) == 1
    await round_of(office)
    assert len(limiter._desk.live) == 1
    await round_of(office, release=(held.id,))
    assert not limiter._desk.live
    await round_of(office, keep=(held,))
    caretaker.drain()
    assert not limiter._desk.live


async def test_what_does_not_fit_any_more_is_not_set_aside():
    limiter = limited(usd=0.1)
    office = Office(limits=limiter)
    await round_of(office, keep=(swept(office, DEAR),))
    assert not limiter._desk.live


async def test_rounds_follow_each_other_and_never_overlap():
    office = Office()
    caretaker: Any = office.premises.caretaker
    caretaker._around = structs.replace(caretaker._around, bus=Bus())
    for _ in range(2):
        before = caretaker._timer
        caretaker.go()
        assert caretaker._timer not in (None, before)
    while caretaker._busy:
        await asyncio.sleep(0)
    assert len(caretaker._around.bus.reports) == 1
    caretaker.drain()
    assert caretaker._timer.cancelled()
    caretaker.go()
    assert caretaker._timer is None


async def test_no_rounds_where_none_are_wanted():
    office = Office()
    caretaker = Caretaker(office.premises.caretaker._around)  # type: ignore[reportPrivateUsage] - what it works with
    settings = structs.replace(office.premises.settings, settle_every=Duration(0))
    caretaker.use(structs.replace(office.premises, settings=settings))
    assert caretaker._timer is None  # type: ignore[reportPrivateUsage] - as above
