"""The last word on who is calling."""

import asyncio

import pytest

from tests.patience import PATIENCE
from tests.policy.authenticators.test_api_key import exchange
from tests.policy.test_directory import subscription
from trigate.core.errors import Forbidden, StoreUnavailable
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.policy.admission import admitting, binding
from trigate.policy.credential import Credential, read_networks
from trigate.policy.directory import Directory

ACTING = Principal("app", frozenset({"llm"}), standing=Credential(may_act_for_users=True))
BOUND = Principal("bound", frozenset({"llm"}), standing=Credential(networks=read_networks(("192.0.2.0/24",))))
STRANGER = Principal("anonymous", frozenset({"api"}))


def shown(user: bytes = b"") -> Exchange:
    made = exchange()
    made.request.user = user
    return made


def test_a_key_that_may_names_its_end_user() -> None:
    found = admitting(lambda _: ACTING)(shown(b"ada"))
    assert isinstance(found, Principal)
    assert found.on_behalf_of == "ada"
    assert admitting(lambda _: ACTING)(shown()) is ACTING


@pytest.mark.parametrize("principal", [STRANGER, Principal("dev", frozenset(), standing=Credential())])
def test_nobody_else_does(principal: Principal) -> None:
    with pytest.raises(Forbidden):
        admitting(lambda _: principal)(shown(b"ada"))
    assert admitting(lambda _: principal)(shown()) is principal


def test_a_key_used_from_elsewhere_is_refused() -> None:
    with pytest.raises(Forbidden):
        admitting(lambda _: BOUND)(shown())


async def test_a_proof_that_takes_its_time_is_judged_alike() -> None:
    async def slow() -> Principal | None:
        return BOUND

    async def nobody() -> Principal | None:
        return None

    later = admitting(lambda _: slow())(shown())
    assert later is not None
    assert not isinstance(later, Principal)
    with pytest.raises(Forbidden):
        await later
    none = admitting(lambda _: nobody())(shown())
    assert none is not None
    assert not isinstance(none, Principal)
    assert await none is None


def test_no_proof_is_nobody() -> None:
    assert admitting(lambda _: None)(shown(b"ada")) is None


async def test_nobody_is_let_in_before_the_rules_made_at_run_time_hold() -> None:
    known = subscription(None)
    directory = Directory({}, known)
    identify = binding(lambda _: STRANGER, directory)
    waiting = identify(shown())
    assert waiting is not None
    assert not isinstance(waiting, Principal)
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    assert not task.done()
    known.give_up()
    assert await asyncio.wait_for(task, PATIENCE) is STRANGER
    assert identify(shown()) is STRANGER  # waited for once


async def test_nobody_is_let_in_without_them_if_the_settings_say_so() -> None:
    known = subscription(None)
    identify = binding(lambda _: STRANGER, Directory({}, known, closed=True))
    for _ in range(2):
        waiting = identify(shown())
        assert waiting is not None
        assert not isinstance(waiting, Principal)
        task = asyncio.ensure_future(waiting)
        await asyncio.sleep(0)
        known.give_up()
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(task, PATIENCE)


async def test_with_a_copy_of_them_nobody_waits() -> None:
    assert binding(lambda _: STRANGER, Directory({}, subscription(())))(shown()) is STRANGER
