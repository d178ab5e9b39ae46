"""What the control process tells reaches every worker."""

import asyncio

from trigate.process.inner_line import InnerLine


async def test_what_is_told_is_announced():
    told: list[tuple[str, bytes]] = []

    async def announce(service: str, opening: bytes) -> None:
        told.append((service, opening))

    await InnerLine(asyncio.get_running_loop(), announce).tell("news", b"text")
    assert told == [("news", b"text")]
