"""The token endpoint (RFC 6749 §3.2)."""

from collections.abc import Mapping

from trigate.portal.client_proof import Clerk
from trigate.portal.grant import Grant
from trigate.portal.page import read_form
from trigate.portal.refused import Refused
from trigate.portal.reply import document, preflight
from trigate.portal.visit import Answer, Visit

NAMES: Mapping[str, str] = {
    "authorization_code": "authorization_code",
    "refresh_token": "refresh_token",
    "client_credentials": "client_credentials",
    "jwt_bearer": "urn:ietf:params:oauth:grant-type:jwt-bearer",
}
"""What the protocol calls each file of `grants`."""


class Token:
    """`/oauth/token`."""

    def __init__(self, clerk: Clerk, grants: Mapping[str, Grant]) -> None:
        """`grants` by the names of their files."""
        self._clerk = clerk
        self._grants = {NAMES[name]: each for name, each in grants.items()}

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        if visit.method == "OPTIONS":
            return preflight()
        form = read_form(visit)
        grant = self._grants.get(form.get("grant_type", ""))
        if grant is None:
            raise Refused("unsupported_grant_type", f"`grant_type` is one of {', '.join(self._grants)}")
        client = await self._clerk.identify(visit, form, grant.named)
        return document(await grant.redeem(client, form), headers=[(b"pragma", b"no-cache")])
