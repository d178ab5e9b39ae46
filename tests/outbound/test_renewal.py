"""How workers ask for a token."""

import pytest

from tests.outbound.local_bus import LocalBus
from trigate.core.bus import BusStream
from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.outbound.access_token import Token
from trigate.outbound.renewal import Order, Renewed, encode, read_order, renew

ORDER = Order("the refresh token at x", "http://x/token", {"grant_type": "refresh_token"}, "canary-refresh", "old")


def answering(*replies: Renewed) -> LocalBus:
    async def service(stream: BusStream, opening: bytes) -> None:
        assert read_order(opening) == ORDER
        for each in replies:
            await stream.send(encode(each))

    return LocalBus(service)


async def test_a_token_comes_with_its_life() -> None:
    assert await renew(answering(Renewed("a1", 60.0)), ORDER) == Token("a1", 60.0)


async def test_what_stands_against_it_is_told_with_whose_fault_it_is() -> None:
    with pytest.raises(CredentialFailed, match="invalid_grant"):
        await renew(answering(Renewed(problem="invalid_grant", refused=True)), ORDER)
    with pytest.raises(UpstreamFailed, match="503") as failed:
        await renew(answering(Renewed(problem="answered 503")), ORDER)
    assert not isinstance(failed.value, CredentialFailed)


@pytest.mark.parametrize("bus", [LocalBus(None), answering()])
async def test_without_anybody_who_spends_it_there_is_none(bus: LocalBus) -> None:
    with pytest.raises(UpstreamFailed, match="nobody"):
        await renew(bus, ORDER)


def test_an_order_does_not_show_its_secret() -> None:
    assert "canary" not in repr(ORDER)
