"""Holds living things over reloads: adopted when their settings are the same, drained when nothing uses them."""

import hashlib
import os
from collections.abc import Callable
from typing import TypeVar, cast

from trigate.core.spelling import spell
from trigate.core.surroundings import Living, Retiring

T = TypeVar("T", bound=Living)
Key = tuple[str, bytes]

_SALT = os.urandom(32)


def digest(settings: object) -> bytes:
    """Equal for equal settings, secrets compared by what they hide; of no use to anyone outside this process."""
    return hashlib.blake2b(spell(settings).encode("utf-8", "surrogatepass"), key=_SALT, digest_size=16).digest()


class Generation:
    """The living things of one configuration (core.surroundings.Keep)."""

    __slots__ = ("_live", "things")

    def __init__(self, live: dict[Key, Living]) -> None:
        self._live = live
        self.things: dict[Key, Living] = {}

    def adopt(self, name: str, settings: object, make: Callable[[], T]) -> T:
        """The living thing of this name and equal settings, or a new one from `make`."""
        key = (name, digest(settings))
        thing = self.things.get(key) or self._live.get(key)
        if thing is None:
            thing = make()
            self._live.setdefault(key, thing)
        self.things[key] = thing
        return cast("T", thing)


class LivingThings:
    """Every living thing of this process, whichever configuration made it."""

    __slots__ = ("_current", "_live")

    def __init__(self) -> None:
        self._live: dict[Key, Living] = {}
        self._current = Generation(self._live)

    def __len__(self) -> int:
        return len(self._live)

    def begin(self) -> Generation:
        """What a new configuration is built with; `commit` or `roll_back` must follow."""
        return Generation(self._live)

    def commit(self, generation: Generation) -> None:
        """The new configuration serves: drain what it did not adopt."""
        self._current = generation
        self._drain_others()

    def roll_back(self, generation: Generation) -> None:
        """The new configuration is not used: drain what only it has made."""
        generation.things.clear()
        self._drain_others()

    def retire(self) -> None:
        """The process is about to end: whatever has no end of its own ends now, so that nobody is waited for."""
        for thing in list(self._live.values()):
            if isinstance(thing, Retiring):
                thing.retire()

    def drain(self) -> None:
        """The process ends: drain everything."""
        self._current = Generation(self._live)
        self._drain_others()

    def _drain_others(self) -> None:
        for key in self._live.keys() - self._current.things.keys():
            self._live.pop(key).drain()
