"""Where a tool server's command runs: the contract of the sandboxes."""

import os
from collections.abc import Callable

from msgspec import Struct

from trigate.core.settings import Kind, Secret

PASSED_ON = ("PATH", "HOME", "LANG")
"""What a command is given of the gateway's own environment, and nothing else."""


class SandboxFailed(Exception):
    """The sandbox cannot be made here; the text is for the operator alone."""


class Program(Struct, frozen=True):
    """What is to be started."""

    name: str
    """The server's name in the configuration."""
    command: tuple[str, ...]
    environment: dict[str, Secret]
    cwd: str
    folder: str
    """An empty folder of this start alone, private to the gateway's user; it is removed after the process has ended."""


class Launch(Struct, frozen=True):
    """How it is started."""

    words: tuple[str, ...]
    """Program and arguments; they hold no secret, for every user of the machine can read them."""
    environment: dict[str, str]
    cwd: str
    prepare: Callable[[], None]
    """Runs in the new process before the program does."""
    gate: str = ""
    """Path of the socket at which the gateway lets it reach `hosts`; empty if it needs none."""
    hosts: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    """A command that removes what goes on when the process is killed, such as a container; none if empty."""


class Sandbox(Kind):
    """A way to keep a command from what it has no business with; only the configuration file may choose one."""

    def supplies_program(self) -> bool:
        """Whether there is something to run without a `command`; no by default."""
        return False

    def launch(self, program: Program) -> Launch:
        """Make everything ready; raises SandboxFailed, OSError or ValueError."""
        raise NotImplementedError


def surrounding() -> dict[str, str]:
    """The part of the gateway's own environment that commands are given; never its secrets."""
    own = os.environ  # noqa: TID251 - these three are handed on, nothing is decided by them
    return {name: own[name] for name in PASSED_ON if name in own}


def revealed(environment: dict[str, Secret]) -> dict[str, str]:
    """What is configured, as the command gets it."""
    return {name: value.reveal() for name, value in environment.items()}
