"""Enterprise-managed authorization: the company's identity provider vouches for the caller at the server."""

from trigate.core.connection import Subject, person
from trigate.core.errors import CredentialFailed
from trigate.core.principal import Principal
from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.credential import Proof
from trigate.outbound.exchange import (
    ASSERTION_GRANT,
    GRANT,
    TokenType,
    client_of,
    exchanged,
    subject_of,
    type_of,
)
from trigate.outbound.oauth.reach import Reach
from trigate.outbound.oauth.token_request import Answer, ask_token
from trigate.outbound.personal import Person, Personal


class IdJag(Personal):
    """Gets an identity assertion for the caller at the identity provider, and for that a token of the server's own
    authorization server: whoever is logged in to the company is logged in to the server, and nobody is asked.

    Identity Assertion JWT Authorization Grant; `io.modelcontextprotocol/enterprise-managed-authorization`.
    """

    provider_token_url: str
    """Token endpoint of the identity provider whose token the caller shows to the gateway."""
    issuer: str
    """The server's authorization server, for whom the assertion is made out."""
    token_url: str
    """Its token endpoint."""
    client_id: str
    """The gateway's name there."""
    provider_client_id: str = ""
    """The gateway's name at the identity provider."""
    provider_client_secret: Secret | None = None
    """Its secret there."""
    subject_token_type: TokenType = "id_token"  # noqa: S105 - a kind of token
    """What the caller's token is."""
    client_secret: Secret | None = None
    """Its secret at the server's authorization server."""
    resource: str = ""
    """The server, as its authorization server calls it (RFC 8707)."""
    scope: tuple[str, ...] = ()
    """Scopes to ask for."""

    def is_of_token(self) -> bool:
        """See Personal."""
        return True

    def subject(self, principal: Principal) -> Subject:
        """See Personal."""
        return person(principal)

    def prove(self, place: str, person: Person, client: Client, surroundings: Surroundings) -> Proof:
        """See Personal."""
        reach = Reach(client, self.provider_token_url, self.token_url)

        async def get() -> Answer:
            return await self._redeem(reach, await self._vouch(reach, person))

        return exchanged(place, get)

    async def _vouch(self, reach: Reach, person: Person) -> str:
        """The assertion (draft-ietf-oauth-identity-assertion-authz-grant §4.3)."""
        secret = self.provider_client_secret.reveal() if self.provider_client_secret else ""
        form = {
            "grant_type": GRANT,
            "requested_token_type": type_of("id-jag"),
            "audience": self.issuer,
            "resource": self.resource,
            "scope": " ".join(self.scope),
            **subject_of(person, self.subject_token_type),
        }
        url = self.provider_token_url
        answer = await ask_token(reach, url, url, form, client_of(self.provider_client_id, secret))
        if answer.issued_token_type != type_of("id-jag"):
            raise CredentialFailed("the identity provider gave something else than an identity assertion")
        return answer.access_token

    async def _redeem(self, reach: Reach, assertion: str) -> Answer:
        """The token for it (RFC 7523 §2.1)."""
        secret = self.client_secret.reveal() if self.client_secret else ""
        form = {
            "grant_type": ASSERTION_GRANT,
            "assertion": assertion,
            "resource": self.resource,
            "scope": " ".join(self.scope),
        }
        return await ask_token(reach, self.token_url, self.issuer, form, client_of(self.client_id, secret))
