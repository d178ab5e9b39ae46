"""Who is known to a worker: the keys of the file, compared by their digest under a secret of this process."""

import os
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING

from trigate.core.principal import Principal

if TYPE_CHECKING:
    from trigate.policy.settings import Key


class Directory:
    """Finds who a credential belongs to.

    How long the look-up of a digest under a secret pepper takes tells an attacker nothing, so a dict may do it.
    """

    def __init__(self, keys: "Mapping[str, Key]") -> None:
        self._pepper = os.urandom(32)
        self._known = {self._digest(key.secret.reveal().encode()): _principal(name, key) for name, key in keys.items()}
        self.revision = 0
        """Grows whenever a principal given out before may have changed."""

    def find(self, secret: bytes) -> Principal | None:
        """Whose key this is, None if nobody's."""
        return self._known.get(self._digest(secret))

    def _digest(self, secret: bytes) -> bytes:
        return blake2b(secret, key=self._pepper, digest_size=16).digest()


def _principal(name: str, key: "Key") -> Principal:
    return Principal(name, frozenset(key.lanes), key.user, key.agent, key.team, key.organisation)
