"""Visitors of public pages: nobody is asked who they are, and they may do nothing else."""

from trigate.core.exchange import Exchange
from trigate.core.principal import Principal

LANE = "portal"
VISITOR = Principal("visitor", frozenset((LANE,)))


def visiting(exchange: Exchange) -> Principal | None:
    """The same principal for all of them, in the lane of public pages alone (policy.authenticator.Identify)."""
    return VISITOR if exchange.lane == LANE else None
