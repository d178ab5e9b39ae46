"""Sealing: what only the holder of a key can read, and only in the place it was sealed for (AES-256-GCM)."""

import os
from typing import TYPE_CHECKING

from trigate.core.errors import VaultSealed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
_FORMAT = b"\x01"


def seal(key: bytes, content: bytes, *place: str) -> bytes:
    """`content` sealed for a place, such as the id, name and purpose of its row."""
    nonce = os.urandom(NONCE_BYTES)  # random: 2^32 of them under one key are safe (NIST SP 800-38D, 8.3)
    return _FORMAT + nonce + _cipher(key).encrypt(nonce, content, _bind(place))


def unseal(key: bytes, sealed: bytes, *place: str) -> bytes:
    """What was sealed; raises VaultSealed for another key, another place or changed bytes."""
    if sealed[:1] != _FORMAT:
        raise VaultSealed("a secret in the store is of a form this program does not know")
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as below

    nonce = sealed[1 : 1 + NONCE_BYTES]
    try:
        return _cipher(key).decrypt(nonce, sealed[1 + NONCE_BYTES :], _bind(place))
    except (InvalidTag, ValueError):
        raise VaultSealed(
            f"{' '.join(place[:1])} in the store was not sealed with this master key: check store.master_key"
        ) from None


def _cipher(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 8 MB, for a gateway with secrets

    return AESGCM(key)


def _bind(place: tuple[str, ...]) -> bytes:
    # Each part with its length, so that no two places read alike.
    parts = [each.encode() for each in place]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
