"""Callers without a credential, on the lanes that are open to them."""

from typing import Literal

from trigate.core.exchange import Exchange
from trigate.core.principal import ANONYMOUS, Principal
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.own_key import own_keys, refusal


class Anonymous(Authenticator):
    """Lets anyone use the named lanes; put it last in the list.

    A credential that no other authenticator accepts is treated as the upstream's own and passes through to it; but
    whoever shows a key of the gateway, or what looks like one, is no stranger, and is refused if it is not good.
    """

    lanes: tuple[Literal["api", "llm", "mcp"], ...] = ("api",)
    """The lanes open to everybody; opening `llm` or `mcp` gives strangers what providers and tools cost."""

    def open(self, given: Circumstances) -> Identify:
        """One principal for all of them."""
        principal = Principal(ANONYMOUS, frozenset(self.lanes))

        def identify(exchange: Exchange) -> Principal | None:
            if exchange.lane not in principal.lanes:
                return None
            if own_keys(exchange.request, given.directory):
                raise refusal(final=False)
            return principal

        return identify
