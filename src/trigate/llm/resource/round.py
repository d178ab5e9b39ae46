"""What workers and the control process tell each other about what was begun and may never be looked at again."""

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, consult
from trigate.store.holding import Holding

SERVICE = "llm.round"
"""Its name on the bus."""


class Report(Struct, frozen=True):
    """What a worker says when it asks."""

    worker: str
    """How other processes address it."""
    every: float
    """Seconds until it asks again."""
    held: tuple[str, ...] = ()
    """For which it has set money aside."""


class Duty(Struct, frozen=True):
    """What it is to do."""

    settle: tuple[Holding, ...] = ()
    """Ask the provider, and count what it has cost if it has ended."""
    keep: tuple[Holding, ...] = ()
    """Set money aside."""
    release: tuple[str, ...] = ()
    """Give back what was set aside: it is counted, or somebody else has it."""


encode = msgspec.msgpack.encode
read_report = msgspec.msgpack.Decoder(Report).decode
_read_duty = msgspec.msgpack.Decoder(Duty).decode


async def ask_for_duty(bus: Bus, report: Report) -> Duty:
    """Nothing to do while the control process, or its store, cannot be reached."""
    message = await consult(bus, SERVICE, encode(report))
    return Duty() if message is None else _read_duty(message)
