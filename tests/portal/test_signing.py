"""Keys that sign: one for all processes, exchanged in time, known beforehand."""

from pathlib import Path

import jwt
import pytest

from tests.portal.house import House, house
from trigate.core.clock import clock
from trigate.portal import signing
from trigate.portal.signing import Signing

DAY = 86_400


def sign(built: House) -> Signing:
    return Signing(built.keeper, built.office.premises.around, 30 * DAY, 600)


def key_of(token: str) -> str:
    return jwt.get_unverified_header(token)["kid"]


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    later = clock.wall_ns() + int(seconds * 1e9)
    monkeypatch.setattr(clock, "wall_ns", lambda: later)


async def test_every_process_signs_with_the_same_key_and_its_public_half_is_told(tmp_path: Path):
    async with house(tmp_path) as built:
        one, other = sign(built), sign(built)
        tokens = [await one.sign({"a": 1}), await other.sign({"a": 2})]
        (published,) = (await one.key_set())["keys"]
        assert {key_of(each) for each in tokens} == {published["kid"]}
        assert "d" not in published
        assert jwt.decode(tokens[0], jwt.PyJWK(published).key, ["ES256"]) == {"a": 1}
        assert [each.id for each in (await built.keeper.snapshot()).signers] == [published["kid"]]


async def test_a_key_is_exchanged_in_time_and_the_one_before_stays_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with house(tmp_path) as built:
        monkeypatch.setattr(signing, "SETTLE_NS", 10**9)
        at(monkeypatch, 0)
        await built.keeper.revision()
        keys = sign(built)
        await keys.key_set()
        at(monkeypatch, 2)
        first = key_of(await keys.sign({}))
        at(monkeypatch, 30 * DAY)
        # The new key is published before it is used.
        assert key_of(await keys.sign({})) == first
        assert len((await keys.key_set())["keys"]) == 2
        at(monkeypatch, 61)
        assert key_of(await keys.sign({})) != first
        at(monkeypatch, 31 * DAY)
        assert first not in [each["kid"] for each in (await keys.key_set())["keys"]]
