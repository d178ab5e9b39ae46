"""Refresh tokens are spent once, for everybody, and what comes in their place is never lost."""

import asyncio
from typing import Any

import pytest

from tests.outbound.issuer import Issuer, make_client
from tests.outbound.local_bus import DictSafe, LocalBus
from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.core.shared import derive_alone
from trigate.outbound.access_token import Token
from trigate.outbound.renewal import Order, renew
from trigate.outbound.renewer import AGAIN_SECONDS, Renewer


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that tests hold, in seconds."""
    moment = [clock.monotonic()]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    return moment


class Scene:
    """Workers, the service, and where it keeps what it is given."""

    def __init__(self, issuer: Issuer, safe: DictSafe | None = None) -> None:
        self.issuer = issuer
        self.safe = safe or DictSafe()
        self.renewer = Renewer(self.safe, make_client(), derive_alone)
        self.bus = LocalBus(self.renewer.serve)

    async def ask(self, refresh_token: str = "r1", rejected: str = "") -> Token:
        form = {"grant_type": "refresh_token", "client_id": "c"}
        order = Order("x", f"{self.issuer.url}/token", form, refresh_token, rejected)
        async with asyncio.timeout(PATIENCE):
            return await renew(self.bus, order)

    @property
    def spent(self) -> list[str]:
        return [each["refresh_token"] for each in self.issuer.asked]


def given(access: str, refresh: str = "", **more: Any) -> tuple[int, dict[str, Any]]:
    return 200, {"access_token": access, "expires_in": 3600, **({"refresh_token": refresh} if refresh else {}), **more}


REFUSED = (400, {"error": "invalid_grant"})


async def test_however_many_ask_it_is_spent_once(now: list[float]) -> None:
    async with Issuer(given("a1", "r2")) as issuer:
        scene = Scene(issuer)
        tokens = await asyncio.gather(*(scene.ask() for _ in range(50)))
        assert {each.access_token for each in tokens} == {"a1"}
        assert scene.spent == ["r1"]
        assert issuer.asked[0]["client_id"] == "c"
        now[0] += 1000
        assert (await scene.ask()).expires_in == pytest.approx(2600)


async def test_whoever_comes_shortly_before_its_end_gets_another(now: list[float]) -> None:
    async with Issuer(given("a1", "r2"), given("a2", "r3")) as issuer:
        scene = Scene(issuer)
        await scene.ask()
        now[0] += 3600 - 80
        assert {(await scene.ask()).access_token for _ in range(5)} == {"a2"}
        assert scene.spent == ["r1", "r2"]


async def test_a_rejected_token_is_renewed_once_for_all_who_were_rejected() -> None:
    async with Issuer(given("a1"), given("a2")) as issuer:
        scene = Scene(issuer)
        await scene.ask()
        tokens = await asyncio.gather(*(scene.ask(rejected="a1") for _ in range(10)))
        assert {each.access_token for each in tokens} == {"a2"}
        assert scene.spent == ["r1", "r1"]


async def test_the_next_process_goes_on_with_what_this_one_was_given() -> None:
    async with Issuer(given("a1", "r2"), given("a2", "r3"), given("b1")) as issuer:
        before = Scene(issuer)
        await before.ask()
        after = Scene(issuer, before.safe)
        assert (await after.ask()).access_token == "a2"
        assert after.spent == ["r1", "r2"]
        assert list(after.safe.kept.values()) == ["r3"]
        assert after.safe.purposes == {"refresh token"}
        assert "r1" not in str(after.safe.kept.keys())
        await after.ask("other")  # from the file, in place of the one that was
        assert after.spent == ["r1", "r2", "other"]


async def test_nothing_is_spent_before_it_is_known_what_counts() -> None:
    async with Issuer(given("a1", "r2")) as issuer:
        scene = Scene(issuer)
        scene.safe.down = True
        with pytest.raises(UpstreamFailed):
            await scene.ask()
        assert scene.spent == []


async def test_what_cannot_be_kept_is_used_and_kept_when_it_can(now: list[float]) -> None:
    async with Issuer(given("a1", "r2"), given("a2", "r3")) as issuer:
        scene = Scene(issuer)
        get = scene.safe.secret

        async def get_and_fall(name: str) -> str | None:
            found = await get(name)
            scene.safe.down = True
            return found

        scene.safe.secret = get_and_fall  # type: ignore[method-assign]
        await scene.ask()
        now[0] += 3600
        await scene.ask()
        assert scene.spent == ["r1", "r2"]
        assert scene.safe.kept == {}
        scene.safe.down = False
        async with asyncio.timeout(PATIENCE):
            while list(scene.safe.kept.values()) != ["r3"]:
                await asyncio.sleep(0.01)
        scene.renewer.drain()


async def test_a_token_that_another_machine_has_exchanged_is_not_the_end() -> None:
    async with Issuer(given("a1", "r2"), REFUSED, given("a2", "r4")) as issuer:
        scene = Scene(issuer)
        await scene.ask()
        (name,) = scene.safe.kept
        get, asked = scene.safe.secret, list[str]()

        async def get_and_lose_the_race(wanted: str) -> str | None:
            asked.append(wanted)
            found = await get(wanted)
            scene.safe.kept[name] = "r3"
            return found

        scene.safe.secret = get_and_lose_the_race  # type: ignore[method-assign]
        assert (await scene.ask(rejected="a1")).access_token == "a2"
        assert scene.spent == ["r1", "r2", "r3"]
        assert scene.safe.kept == {name: "r4"}


async def test_a_refusal_is_told_to_all_and_not_asked_for_by_each(now: list[float]) -> None:
    async with Issuer(REFUSED, given("a1")) as issuer:
        scene = Scene(issuer)
        for _ in range(5):
            with pytest.raises(CredentialFailed, match="invalid_grant"):
                await scene.ask()
        assert len(issuer.asked) == 1
        now[0] += AGAIN_SECONDS
        assert (await scene.ask()).access_token == "a1"


async def test_an_order_that_cannot_be_read_is_answered() -> None:
    async with Issuer(given("a1")) as issuer:
        stream = await Scene(issuer).bus.open("", b"nonsense")
        assert b"cannot be read" in (await stream.receive() or b"")
