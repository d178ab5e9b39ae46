"""A way to prove who is calling, by the head of the request alone."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Kind

if TYPE_CHECKING:
    from trigate.policy.settings import Key

Identify = Callable[[Exchange], Principal | None]
"""Who sent this exchange, or None if it shows no credential of this kind; raises Unauthenticated for an invalid one."""


class Authenticator(Kind):
    """A kind of proof."""

    def open(self, keys: "Mapping[str, Key]") -> Identify:
        """Prepare everything that need not be done per request."""
        raise NotImplementedError
