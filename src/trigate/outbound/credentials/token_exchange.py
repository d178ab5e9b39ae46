"""The caller's token, exchanged for one of the same person that the server accepts (RFC 8693)."""

from trigate.core.connection import Subject, person
from trigate.core.principal import Principal
from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.credential import Proof
from trigate.outbound.exchange import GRANT, TokenType, client_of, exchanged, subject_of, type_of
from trigate.outbound.oauth.reach import Reach
from trigate.outbound.oauth.token_request import Answer, ask_token
from trigate.outbound.personal import Person, Personal


class TokenExchange(Personal):
    """Has an authorization server exchange the token with which the caller came, for each caller anew.

    The caller proves itself to the gateway by a token of an identity provider (`jwt` or `introspection`); that token is
    meant for the gateway, and goes to the token endpoint and nowhere else. Callers with API keys cannot use the server.
    """

    token_url: str
    """The token endpoint that exchanges."""
    client_id: str = ""
    """The gateway's name there."""
    client_secret: Secret | None = None
    """Its secret there, if it has one."""
    audience: str = ""
    """For whom the new token is, as the authorization server calls the server."""
    resource: str = ""
    """The same as an address (RFC 8707)."""
    scope: tuple[str, ...] = ()
    """Scopes to ask for."""
    subject_token_type: TokenType = "access_token"  # noqa: S105 - a kind of token
    """What the caller's token is."""

    def __post_init__(self) -> None:
        if not self.audience and not self.resource:
            raise ValueError("say by `audience` or `resource` for whom the new token is")

    def is_of_token(self) -> bool:
        """See Personal."""
        return True

    def subject(self, principal: Principal) -> Subject:
        """See Personal."""
        return person(principal)

    def prove(self, place: str, person: Person, client: Client, surroundings: Surroundings) -> Proof:
        """See Personal."""
        reach = Reach(client, self.token_url)
        identity = client_of(self.client_id, self.client_secret.reveal() if self.client_secret else "")

        async def get() -> Answer:
            form = {
                "grant_type": GRANT,
                "audience": self.audience,
                "resource": self.resource,
                "scope": " ".join(self.scope),
                "requested_token_type": type_of("access_token"),
                **subject_of(person, self.subject_token_type),
            }
            return await ask_token(reach, self.token_url, self.token_url, form, identity)

        return exchanged(place, get)
