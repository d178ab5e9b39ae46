"""Asking a service of this very process."""

from trigate.core.bus import BusStream
from trigate.process.consultation import consult


async def test_the_first_thing_a_service_says_is_the_answer():
    async def serve(stream: BusStream, opening: bytes) -> None:
        assert await stream.receive() is None
        if opening:
            await stream.send(opening + b"!")
            await stream.send(b"more")
        stream.close()

    assert await consult(serve, b"a") == b"a!"
    assert await consult(serve, b"") is None
