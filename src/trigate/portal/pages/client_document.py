"""Says who the gateway is as a client of others (OAuth Client ID Metadata Document)."""

from trigate.outbound.oauth.plan import CALLBACK, DOCUMENT
from trigate.outbound.oauth.registration import describe
from trigate.portal.reply import document, preflight
from trigate.portal.visit import Answer, Visit


class ClientDocument:
    """`/connect/client.json`: its own address is the client's name."""

    def __init__(self, url: str) -> None:
        self._content = {"client_id": f"{url}{DOCUMENT}", "client_uri": url}
        self._content |= describe("Trigate", f"{url}{CALLBACK}", "none")

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        return preflight() if visit.method == "OPTIONS" else document(self._content)
