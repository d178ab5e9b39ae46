"""Everything that is listened to in this worker; it outlives reloads, unlike the scenes in it."""

from collections.abc import Mapping
from contextlib import suppress

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.surroundings import Surroundings
from trigate.mcp.listening.boxes import Boxes
from trigate.mcp.listening.replays import Replays
from trigate.mcp.listening.scene import May, Scene
from trigate.mcp.settings import SessionSettings
from trigate.mcp.upstream import Upstream

SERVICE = "mcp.stale"


class Audience:
    """The boxes of sessions, the streams that can be resumed, and who listens under which configuration."""

    __slots__ = ("_bus", "_scenes", "boxes", "replays")

    def __init__(self, settings: SessionSettings, surroundings: Surroundings) -> None:
        self._bus: Bus = surroundings.bus
        self._scenes: set[Scene] = set()
        self.boxes = Boxes(surroundings.bus, surroundings.deadlines, settings.ttl, settings.max)
        self.replays = Replays(surroundings.bus, surroundings.deadlines)
        self._bus.offer(SERVICE, self._serve)

    def scene(self, upstreams: Mapping[str, Upstream], may: May, surroundings: Surroundings) -> Scene:
        """The one of a new configuration."""
        made = Scene(upstreams, may, surroundings, self.tell)
        self._scenes = {each for each in self._scenes if not each.drained} | {made}
        return made

    async def tell(self, server: str, plural: str) -> None:
        """No worker may give out a server's list as it was."""
        with suppress(BusClosed):  # alone, this worker is the only one there is
            await self._bus.tell(SERVICE, f"{server}\0{plural}".encode())

    def end(self, mark: bytes) -> None:
        """A session has ended, and with it its streams."""
        self.boxes.end(mark)
        self.replays.forget(mark)

    def retire(self) -> None:
        """The process is about to end: callers go elsewhere."""
        for scene in self._scenes:
            scene.drain()

    def drain(self) -> None:
        """The process ends."""
        self.boxes.drain()
        self.replays.drain()

    async def _serve(self, stream: BusStream, opening: bytes) -> None:
        server, _, plural = opening.decode("utf-8", "replace").partition("\0")
        for scene in self._scenes:
            scene.void(server, plural)
