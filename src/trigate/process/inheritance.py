"""What a program hands over to the one that takes its place in the same process: children, sockets, the lock."""

import os
import socket
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from trigate.core.errors import BadConfig
from trigate.process.child import Child
from trigate.process.doors import Doors
from trigate.process.seat import Seat, seats
from trigate.process.supervisor import Supervisor

VERSION = 1
"""Of the form of this document; a program that knows another form does not take over."""


class Heir(Struct):
    """A child that goes on running."""

    pid: int
    name: str
    address: str
    line: int
    words: int
    started: float
    ready: bool
    is_control: bool
    leads: bool
    retired: bool
    kill_at: float
    control: int
    """Process id of the control process it is linked with, 0 for none."""


class Inheritance(Struct):
    """File descriptors are numbers that stay the same."""

    version: int
    directory: str
    lock: int
    text: str
    """The configuration in use."""
    generation: int
    attempts: int
    upgrades: int
    control: Heir | None
    workers: list[Heir | None]
    leaving: list[Heir]
    inbound: dict[str, list[int]]
    admin: dict[str, list[int]]


def collect(supervisor: Supervisor, lock: int, text: str) -> Inheritance:
    """Everything that must not end when this program does."""
    return Inheritance(
        VERSION,
        supervisor.config.store.directory,
        lock,
        text,
        supervisor.generation,
        supervisor.attempts,
        supervisor.upgrades,
        _heir(supervisor.control.child),
        [_heir(seat.child) for seat in supervisor.workers],
        [heir for child in supervisor.leaving if (heir := _heir(child))],
        _numbers(supervisor.doors),
        _numbers(supervisor.control.doors),
    )


def descriptors(inheritance: Inheritance) -> Iterator[int]:
    """Every one that is handed over."""
    yield inheritance.lock
    for doors in (inheritance.inbound, inheritance.admin):
        for numbers in doors.values():
            yield from numbers
    for heir in (inheritance.control, *inheritance.workers, *inheritance.leaving):
        if heir is not None:
            yield from (heir.line, heir.words)


def write(inheritance: Inheritance) -> int:
    """A file with the document; its descriptor."""
    descriptor = os.memfd_create("inheritance")
    with open(os.dup(descriptor), "wb") as file:
        file.write(msgspec.msgpack.encode(inheritance))
    return descriptor


def read(descriptor: int) -> Inheritance:
    """The document in a file, which is closed; raises BadConfig if another version wrote it."""
    with open(descriptor, "rb") as file:
        file.seek(0)
        text = file.read()
    try:
        found = msgspec.msgpack.decode(text, type=Inheritance)
    except (msgspec.DecodeError, msgspec.ValidationError):
        found = None
    if found is None or found.version != VERSION:
        raise BadConfig("this program cannot take over from the one that runs: restart the gateway")
    return found


def enter(supervisor: Supervisor, inheritance: Inheritance) -> None:
    """Make a supervisor that has nothing yet the one that all this belongs to."""
    supervisor.generation, supervisor.attempts = inheritance.generation, inheritance.attempts
    supervisor.upgrades = inheritance.upgrades
    supervisor.doors = _doors(inheritance.inbound)
    supervisor.control = Seat("control", _doors(inheritance.admin))
    supervisor.workers = seats(supervisor.doors, len(inheritance.workers))
    _seat(supervisor, inheritance)


def _seat(supervisor: Supervisor, inheritance: Inheritance) -> None:
    heirs = [inheritance.control, *inheritance.workers, *inheritance.leaving]
    known = {heir.pid: _child(heir) for heir in heirs if heir is not None}
    for heir in heirs:
        if heir is not None:
            known[heir.pid].control = known.get(heir.control)
    for seat, heir in zip(supervisor.seats, heirs, strict=False):
        seat.child = known[heir.pid] if heir is not None else None
    supervisor.leaving = [known[heir.pid] for heir in inheritance.leaving]
    for child in known.values():
        supervisor.watch(child)


def _heir(child: Child | None) -> Heir | None:
    if child is None or child.status is not None:
        return None
    control = child.control.pid if child.control is not None and child.control.status is None else 0
    return Heir(
        child.pid,
        child.name,
        child.address,
        child.line.fileno(),
        child.words,
        child.started,
        child.ready,
        child.is_control,
        child.leads,
        child.retired,
        child.kill_at,
        control,
    )


def _child(heir: Heir) -> Child:
    line = socket.socket(fileno=heir.line)
    line.setblocking(False)
    os.set_inheritable(heir.line, False)
    os.set_inheritable(heir.words, False)
    child = Child(heir.pid, heir.name, line, heir.words)
    child.address, child.started, child.ready = heir.address, heir.started, heir.ready
    child.is_control, child.leads, child.retired = heir.is_control, heir.leads, heir.retired
    child.kill_at = heir.kill_at
    return child


def _numbers(doors: Doors) -> dict[str, list[int]]:
    return {address: [each.fileno() for each in sockets] for address, sockets in doors.items()}


def _doors(numbers: Mapping[str, list[int]]) -> Doors:
    return {address: [_socket(each) for each in every] for address, every in numbers.items()}


def _socket(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)
    listening = socket.socket(fileno=descriptor)
    listening.setblocking(False)
    return listening
