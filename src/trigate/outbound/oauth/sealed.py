"""What others carry for the gateway and can neither read nor change: AES-256-GCM, for one purpose and some time."""

import base64
import os
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

T = TypeVar("T")

_NONCE_BYTES = 12
LONGEST = 8192
"""Characters of a text that is looked at."""


class Sealer:
    """Seals and opens; every process of an installation with the same key opens what another sealed."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes."""
        self._cipher = AESGCM(key)

    def seal(self, content: object, purpose: str) -> str:
        """A text that fits into an address."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, msgspec.msgpack.encode(content), purpose.encode())
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, text: str, form: type[T], purpose: str) -> T | None:
        """What was sealed for this purpose; None for anything else."""
        if len(text) > LONGEST or not text.isascii():
            return None
        try:
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            content = self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], purpose.encode())
            return msgspec.msgpack.decode(content, type=form)
        except (InvalidTag, ValueError, msgspec.DecodeError):
            return None
