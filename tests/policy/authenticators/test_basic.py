"""User names and passwords."""

import asyncio
import base64
from typing import Any

import pytest

from tests.outbound.chaos import surroundings_of
from tests.patience import PATIENCE
from tests.policy.authenticators.test_api_key import exchange
from trigate.core.errors import Overloaded, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Secret
from trigate.policy import password as module
from trigate.policy.authenticator import Circumstances, Identify
from trigate.policy.authenticators import basic
from trigate.policy.authenticators.basic import Basic
from trigate.policy.directory import Directory
from trigate.policy.password import PasswordHash, Person, hash_password


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every password that was computed."""
    monkeypatch.setattr(module, "COST", module.LEAST_COST)
    seen, fits = list[bytes](), PasswordHash.fits

    def counting(self: PasswordHash, password: bytes) -> bool:
        seen.append(password)
        return fits(self, password)

    monkeypatch.setattr(PasswordHash, "fits", counting)
    return seen


def opened() -> Identify:
    users = {"ada": Person(password_hash=Secret(hash_password("päss:word")), team="ops")}
    client: Any = None
    surroundings = surroundings_of(asyncio.get_running_loop())
    return Basic(users=users).open(Circumstances(Directory({}), client, surroundings))


def shown(name: str, password: str) -> Exchange:
    return exchange(authorization="Basic " + base64.b64encode(f"{name}:{password}".encode()).decode())


async def outcome(identify: Identify, made: Exchange) -> Principal:
    found = identify(made)
    assert found is not None
    principal = found if isinstance(found, Principal) else await asyncio.wait_for(found, PATIENCE)
    assert principal is not None
    return principal


async def test_a_right_password_is_computed_once(checked: list[bytes]) -> None:
    identify, made = opened(), shown("ada", "päss:word")
    found = await outcome(identify, made)
    assert (found.key, found.user, found.team) == ("basic:ada", "ada", "ops")
    assert made.credentials == {b"authorization"}
    again = identify(shown("ada", "päss:word"))
    assert again is found
    assert len(checked) == 1


async def test_a_wrong_password_and_an_unknown_name_cost_the_same(checked: list[bytes]) -> None:
    identify = opened()
    told = list[str]()
    for name, password in [("ada", "wrong"), ("eve", "päss:word"), ("", "päss:word")]:
        with pytest.raises(Unauthenticated) as refused:
            await outcome(identify, shown(name, password))
        told.append(refused.value.message)
        assert refused.value.headers[0][1].startswith(b"Basic ")
    assert len(checked) == 3
    assert len(set(told)) == 1
    with pytest.raises(Unauthenticated):
        await outcome(identify, shown("ada", "wrong"))
    assert len(checked) == 3


async def test_the_same_password_at_the_same_time_is_computed_once(checked: list[bytes]) -> None:
    identify = opened()
    await asyncio.gather(*(outcome(identify, shown("ada", "päss:word")) for _ in range(10)))
    assert len(checked) == 1


async def test_a_flood_of_guesses_is_turned_away(checked: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basic, "MOST_UNDER_WAY", 2)
    identify = opened()
    answers = await asyncio.gather(
        *(outcome(identify, shown("ada", f"guess{number}")) for number in range(8)), return_exceptions=True
    )
    assert [type(each) for each in answers] == [Unauthenticated] * 2 + [Overloaded] * 6
    assert len(checked) == 2


@pytest.mark.parametrize("value", ["Basic", "Basic ", "Basic ###", "Basic YWRh", "Basic " + "QUFB" * 1000])
async def test_what_cannot_be_read_is_refused(checked: list[bytes], value: str) -> None:
    identify = opened()
    if value == "Basic":
        assert identify(exchange(authorization=value)) is None
        return
    with pytest.raises(Unauthenticated):
        identify(exchange(authorization=value))
    assert checked == []


async def test_another_scheme_is_left_to_the_next_authenticator(checked: list[bytes]) -> None:
    identify = opened()
    assert identify(exchange()) is None
    assert identify(exchange(authorization="Bearer x")) is None


@pytest.mark.parametrize("name", ["", "a:b", "a\nb"])
def test_a_name_that_nobody_could_send_is_refused_at_load(checked: list[bytes], name: str) -> None:
    with pytest.raises(ValueError, match="user name"):
        Basic(users={name: Person(password_hash=Secret(hash_password("x")))})
