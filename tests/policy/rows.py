"""Rows of the store, as short as tests want them."""

from typing import Any

from trigate.store.directory import Key, Snapshot, digest_secret

PEPPER = b"pepper-of-the-installation-32byt"


def secret(name: str) -> bytes:
    """The secret of the key made by `key(name)`."""
    return f"secret-of-{name}".encode()


def key(name: str, **others: Any) -> Key:
    """A key that belongs to nobody unless it is said."""
    digest = others.pop("digest", None) or digest_secret(PEPPER, secret(name))
    return Key(id=name, name=name, prefix="tg_", digest=digest, **others)


def snapshot(revision: int, *keys: Key, **others: Any) -> Snapshot:
    """A snapshot of these keys."""
    return Snapshot(revision=revision, pepper=PEPPER, keys=keys, **others)
