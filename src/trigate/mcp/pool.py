"""The processes of one command: one for all, or one for each principal or session that calls."""

from collections.abc import Callable

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.mcp.child import Child
from trigate.mcp.fault import ServerFailed
from trigate.mcp.profile import MUTE
from trigate.mcp.settings import Server

_LOOKS = 4
"""How often within the time of idleness it is looked who is idle."""


class Pool:
    """Gives each holder its process; the holder `""` is everybody, for lists and whatever is nobody's own."""

    __slots__ = ("_deadlines", "_draining", "_held", "_make", "_server", "_spare", "deadline", "shared")

    def __init__(self, server: Server, deadlines: Deadlines, make: Callable[[bool], Child]) -> None:
        """`make` makes a process that is to be kept up (True), or one that is given up when it ends."""
        self._server = server
        self._deadlines = deadlines
        self._make = make
        self._held: dict[str, Child] = {}
        self._spare: list[Child] = []
        self._draining = False
        self.shared = make(True)
        self.deadline = NEVER
        deadlines.add(self)
        self._plan()

    def begin(self) -> None:
        """Start what runs before anybody calls."""
        self.shared.begin()
        self._refill()

    def child(self, holder: str, profile: int = MUTE) -> Child:
        """The process of a holder; raises ServerFailed if there is no room for another.

        With a `profile` it is one that was told that this can be asked of its callers, and that is free to ask.
        """
        if self._server.processes.per == "server":
            holder = ""
        if not holder and not profile:
            return self.shared
        for number in range(self._server.processes.most + 1):
            key = f"{holder} {profile} {number}" if profile else holder
            child = self._held.get(key)
            if child is None or child.is_drained:
                child = self._held[key] = self._take(profile)
                self._refill()
            if child.is_free:
                child.touch()
                return child
        raise ServerFailed(f"all of its {len(self._held)} processes wait for answers of callers")

    def _take(self, profile: int) -> Child:
        if self._draining:
            raise ServerFailed("it is no longer configured")
        if len(self._held) >= self._server.processes.most:
            self._make_room()
        if profile:
            child = self._make(False)
            child.profile = profile
            return child
        return self._spare.pop() if self._spare else self._make(False)

    def _make_room(self) -> None:
        """End the process unused for longest; raises ServerFailed if all are at work."""
        idle = [(child.used, holder) for holder, child in self._held.items() if not child.is_busy]
        if not idle:
            raise ServerFailed(f"all of its {len(self._held)} processes are at work for others")
        self._held.pop(min(idle)[1]).drain()

    def _refill(self) -> None:
        """Keep some started that nobody holds yet, so that a new holder does not wait for a start."""
        processes = self._server.processes
        missing = 0 if processes.per == "server" else processes.warm - len(self._spare)
        for _ in range(min(missing, processes.most - len(self._held))):
            spare = self._make(False)
            spare.begin()
            self._spare.append(spare)

    def _plan(self) -> None:
        idle = self._server.processes.idle
        self.deadline = NEVER if idle is None else clock.monotonic() + idle / _LOOKS

    def expire(self) -> None:
        """End what has been idle for too long; the shared one only if it is not to be there from the start."""
        self._plan()
        before = clock.monotonic() - (self._server.processes.idle or NEVER)
        for holder, child in list(self._held.items()):
            if not child.is_busy and child.used < before:
                self._held.pop(holder).drain()
        shared = self.shared
        unused = shared.is_running and not shared.is_busy and shared.used < before
        if unused and self._server.start == "lazy":
            shared.drain()
            self.shared = self._make(True)
            self.shared.unasked = shared.unasked

    def drain(self) -> None:
        """The server is configured no more, or otherwise: end all of them once nothing is under way."""
        self._draining = True
        self._deadlines.discard(self)
        for child in (self.shared, *self._held.values(), *self._spare):
            child.drain()
