"""Lets clients register themselves (RFC 7591), as those do that know no client metadata documents."""

from trigate.core.clock import clock
from trigate.policy.strict_json import read_object
from trigate.portal.frequency import Frequency
from trigate.portal.refused import Refused
from trigate.portal.registered_client import RegisteredClients
from trigate.portal.reply import document, preflight
from trigate.portal.visit import Answer, Visit

MOST_PER_MINUTE = 10
"""From one address."""


class Register:
    """`/oauth/register`."""

    def __init__(self, clients: RegisteredClients) -> None:
        self._clients = clients
        self._frequency = Frequency(MOST_PER_MINUTE)

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        if visit.method == "OPTIONS":
            return preflight()
        self._frequency.count(visit.address, clock.monotonic())
        if visit.fields.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused("invalid_client_metadata", "send the description as application/json")
        try:
            wanted = read_object(visit.body)
        except ValueError:
            raise Refused("invalid_client_metadata", "the description cannot be read") from None
        return document(await self._clients.register(wanted), 201)
