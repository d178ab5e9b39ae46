"""OAuth in the name of each user, of a team, or of the gateway: whoever it is agrees once, in a browser."""

from typing import Literal

from trigate.core.connection import GATEWAY, Subject, person
from trigate.core.errors import Forbidden
from trigate.core.principal import ANONYMOUS, Principal
from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.credential import Proof
from trigate.outbound.oauth.client_identity import ClientIdentity, Method
from trigate.outbound.oauth.connected import Connected
from trigate.outbound.oauth.order import Given, Wanted, ask
from trigate.outbound.oauth.plan import CALLBACK, DOCUMENT, Plan
from trigate.outbound.personal import Person, Personal


class Oauth(Personal):
    """Finds out by itself where the server wants people to log in, and acts with what they agreed to there.

    Whoever calls and has not agreed yet is shown a link to a page of this gateway (`portal`), which leads to the
    server's own login. Tokens are kept sealed in the store, renewed once for all workers, bound to the authorization
    server that gave them, and shown to nobody.
    """

    per: Literal["user", "team", "gateway"] = "user"
    """Whose the connection is: each user's own (a key without a user counts as one), a team's, or one for all, which
    an operator connects by `trigate connections link SERVER`."""
    scope: tuple[str, ...] = ()
    """Scopes to ask for; left out: those that the server says it needs."""
    issuer: str = ""
    """The only authorization server that will do; left out: the one that the server names."""
    client_id: str = ""
    """The gateway's name there, if it was registered by hand; `issuer` then says where."""
    client_secret: Secret | None = None
    """Its secret there, if it has one."""
    private_key: Secret | None = None
    """PEM of the key with which it proves itself there, in place of a secret (private_key_jwt)."""
    key_id: str = ""
    """Name of that key, if the authorization server wants to know."""
    method: Literal["client_secret_basic", "client_secret_post", "none"] | None = None
    """How a secret is sent; left out: in a header field."""
    client_metadata_url: str = ""
    """Address of a document that describes the gateway as a client, in place of the gateway's own."""
    offline_access: bool = True
    """Whether to ask for `offline_access` where that is offered, so that nobody is asked again every hour."""

    def __post_init__(self) -> None:
        if self.client_id and not self.issuer:
            raise ValueError("`client_id` needs `issuer`: what proves the gateway is shown to that server only")
        if (self.client_secret or self.private_key) and not self.client_id:
            raise ValueError("a secret or key needs the `client_id` that it belongs to")
        if self.client_secret and self.private_key:
            raise ValueError("give either a `client_secret` or a `private_key`")
        if self.private_key:
            from trigate.outbound.oauth.assertion import load_key  # noqa: PLC0415 - few need keys

            load_key(self.private_key.reveal())
        if self.client_metadata_url and not self.client_metadata_url.startswith("https://"):
            raise ValueError("`client_metadata_url` begins with https://")

    def is_shared(self) -> bool:
        """See Personal."""
        return self.per == "gateway"

    def subject(self, principal: Principal) -> Subject:
        """See Personal."""
        if self.per == "gateway":
            return GATEWAY
        if principal.key == ANONYMOUS and not principal.user:
            raise Forbidden("this server is connected by each caller for itself, and nobody knows who you are")
        if self.per == "user":
            return person(principal)
        if not principal.team:
            raise Forbidden("this server is connected for teams, and your key belongs to none")
        return Subject(principal.organisation, team=principal.team)

    def prove(self, place: str, person: Person, client: Client, surroundings: Surroundings) -> Proof:
        """See Personal."""
        proof = Connected(place, person.subject, surroundings)
        person.hold(proof)
        return proof

    async def at_hand(self, place: str, person: Person, surroundings: Surroundings) -> str:
        """See Personal."""
        return (await ask(surroundings.bus, Wanted(place, person.subject), Given)).access_token

    def plan(self, server: str, url: str, public: str) -> Plan:
        """What the control process must know; `public` is the gateway's own address, empty if it has none."""
        document = self.client_metadata_url
        if not document and public.startswith("https://"):
            document = f"{public}{DOCUMENT}"
        return Plan(
            server=server,
            url=url,
            per=self.per,
            scope=self.scope,
            issuer=self.issuer,
            client=self._client(),
            document=document,
            callback=f"{public}{CALLBACK}" if public else "",
            offline=self.offline_access,
        )

    def _client(self) -> ClientIdentity | None:
        if not self.client_id:
            return None
        if self.private_key:
            return ClientIdentity(
                self.client_id, "", "private_key_jwt", private_key=self.private_key.reveal(), key_id=self.key_id
            )
        secret = self.client_secret.reveal() if self.client_secret else ""
        method: Method = self.method or ("client_secret_basic" if secret else "none")
        return ClientIdentity(self.client_id, secret, method)
