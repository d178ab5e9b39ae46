"""The public keys of the gateway's tokens (RFC 7517)."""

from trigate.portal.reply import document, preflight
from trigate.portal.signing import Signing
from trigate.portal.visit import Answer, Visit


class KeySet:
    """`/oauth/keys`."""

    def __init__(self, signing: Signing) -> None:
        self._signing = signing

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        return preflight() if visit.method == "OPTIONS" else document(await self._signing.key_set())
