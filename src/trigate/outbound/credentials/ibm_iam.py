"""IBM Cloud: an API key is exchanged for access tokens."""

from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.access_token import AccessTokens, Token, TokenEndpoint, share
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import AUTHORIZATION, Credential

GRANT = "urn:ibm:params:oauth:grant-type:apikey"


class IbmIam(Credential):
    """Gets access tokens of IBM Cloud for an API key, and renews them before they run out.

    https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey
    """

    api_key: Secret
    """The API key of a user or a service id."""
    token_url: str = "https://iam.cloud.ibm.com/identity/token"  # noqa: S105 - an address
    """The token endpoint."""

    def names(self) -> frozenset[bytes]:
        """The field of a bearer token."""
        return AUTHORIZATION

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> AccessTokens:
        """One source of tokens for all targets with these settings."""
        name = "an API key of IBM Cloud"
        asked = TokenEndpoint(name, client, self.token_url)
        form = {"grant_type": GRANT, "apikey": self.api_key.reveal()}

        async def fetch(_: str) -> Token:
            return await asked.ask(form)

        return share(self, name, fetch, surroundings)
