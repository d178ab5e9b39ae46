"""A copy of the rules and limits made at run time, on this machine: they bind from the first call after a start.

The database may be slow, away or not yet opened then. Where there is no copy, callers wait for the store's first word.
"""

import os
from pathlib import Path

import msgspec

from trigate.store.directory import Document
from trigate.store.settings import StoreSettings

FILE = "amendments"
_SQLITE = "sqlite:///"

_decode = msgspec.msgpack.Decoder(tuple[Document, ...]).decode


def read_amendments(settings: StoreSettings) -> tuple[Document, ...] | None:
    """The copy; nothing at all if no store was ever made here, None if the store alone knows."""
    try:
        return _decode(_place(settings).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None if _may_hold(settings) else ()


def write_amendments(settings: StoreSettings, documents: tuple[Document, ...]) -> None:
    """Keep the copy, whole or not at all; raises OSError."""
    place = _place(settings)
    fresh = place.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(msgspec.msgpack.encode(documents))
    fresh.replace(place)


def forget_amendments(settings: StoreSettings) -> None:
    """The store was changed while no gateway ran: the copy is no longer true."""
    _place(settings).unlink(missing_ok=True)


def _place(settings: StoreSettings) -> Path:
    return Path(settings.directory) / FILE


def _may_hold(settings: StoreSettings) -> bool:
    url = settings.url.reveal()
    file = url.removeprefix(_SQLITE).partition("?")[0]
    return not url.startswith(_SQLITE) or (Path(settings.directory) / file).exists()
