"""The master key: what seals everything else, from the settings, the system keyring, or a file beside the store."""

import base64
import os
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

from trigate.core.errors import BadConfig
from trigate.store.settings import KEYRING, SHORTEST_MASTER_KEY, StoreSettings

FILE = "master.key"
KEY_BYTES = 32
SERVICE = "trigate"
"""Under which the system keyring holds master keys."""


def read_master_key(settings: StoreSettings) -> bytes:
    """32 bytes of the master key; without a setting those of `directory/master.key`, made if there is none.

    Raises BadConfig for a file that cannot be read, or that others can, and for a keyring that does not have it.
    """
    if settings.master_key is not None:
        given = settings.master_key.reveal()
        return condense(_ask_keyring(given.removeprefix(KEYRING)) if given.startswith(KEYRING) else given)
    path = Path(settings.directory) / FILE
    try:
        _make(path)
        return condense(_read(path))
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror}") from None


def derive(master: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose; keys of different purposes tell nothing of each other."""
    return blake2b(purpose.encode(), key=master, digest_size=KEY_BYTES, person=b"trigate derive").digest()


def new_pepper(master: bytes, pepper: bytes = b"") -> bytes:
    """The key of digests of this installation, a fresh one if none is given, sealed."""
    from trigate.store.seal import seal  # noqa: PLC0415 - loads the cipher, for which workers have no use

    return seal(derive(master, "pepper"), pepper or os.urandom(KEY_BYTES), "the pepper")


def open_pepper(master: bytes, sealed: bytes) -> bytes:
    """The pepper itself; raises VaultSealed for another master key."""
    from trigate.store.seal import unseal  # noqa: PLC0415 - as above

    return unseal(derive(master, "pepper"), sealed, "the pepper")


def condense(text: str) -> bytes:
    """The 32 bytes of a master key as it is written down; raises BadConfig for one that can be guessed."""
    if len(text) < SHORTEST_MASTER_KEY:
        raise BadConfig(f"a master key needs at least {SHORTEST_MASTER_KEY} characters")
    return blake2b(text.encode(), digest_size=KEY_BYTES, person=b"trigate master").digest()


def _ask_keyring(name: str) -> str:
    try:
        keyring: Any = import_module("keyring")
    except ModuleNotFoundError:
        raise BadConfig("store.master_key names the system keyring: install `trigate[keyring]`") from None
    try:
        found: str | None = keyring.get_password(SERVICE, name)
    except Exception as error:  # noqa: BLE001 - each system's keyring fails in its own way
        raise BadConfig(f"the system keyring cannot be read: {type(error).__name__}") from None
    if not found:
        raise BadConfig(f"the system keyring has no master key {name!r}: `keyring set {SERVICE} {name}` puts it there")
    return found


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    fresh = path.with_name(f"{FILE}.{os.urandom(8).hex()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(descriptor)
    try:
        os.link(fresh, path)  # never over one that another process has made meanwhile
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> str:
    with path.open(encoding="ascii") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise BadConfig(f"{path} can be read by others: chmod 600 it")
        text = file.read().strip()
    if len(text) < SHORTEST_MASTER_KEY:
        raise BadConfig(f"{path} does not hold a master key of at least {SHORTEST_MASTER_KEY} characters")
    return text
