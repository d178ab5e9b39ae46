"""A transport that only remembers what was written."""

import asyncio


class FakeTransport(asyncio.Transport):
    """Stands in for a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data
