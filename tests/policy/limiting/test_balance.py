"""Balances over the bus."""

from collections.abc import Sequence
from typing import cast

import pytest

from trigate.core.bus import Bus, BusClosed
from trigate.policy.limiting.balance import AT_ONCE, BALANCES, Balance, ask_balances, tell_balances


class Pipe:
    """A stream that keeps what is sent, and ends where it is cut."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.closed = False

    async def open(self, service: str, opening: bytes = b"") -> "Pipe":
        assert service == BALANCES
        return self

    async def send(self, message: bytes) -> None:
        self.messages.append(message)

    async def receive(self) -> bytes | None:
        return self.messages.pop(0) if self.messages else None

    def close(self) -> None:
        self.closed = True


async def told(count: int) -> tuple[Pipe, Sequence[Balance]]:
    pipe, balances = Pipe(), [Balance(f"b@usd:day/team={number}", 1, 2, number) for number in range(count)]

    async def read() -> Sequence[Balance]:
        return balances

    await tell_balances(read)(pipe, b"")
    return pipe, balances


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1])
async def test_all_balances_arrive_however_many_there_are(count: int) -> None:
    pipe, balances = await told(count)
    assert await ask_balances(cast("Bus", pipe)) == balances
    assert pipe.closed


async def test_half_of_the_balances_are_none() -> None:
    pipe, _ = await told(AT_ONCE + 1)
    pipe.messages.pop()
    with pytest.raises(BusClosed):
        await ask_balances(cast("Bus", pipe))
    assert pipe.closed
