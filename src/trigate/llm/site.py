"""A provider made ready: where its asks go, with which fields, and how well it does."""

from trigate.core.deadlines import Deadlines
from trigate.core.parts import Headers
from trigate.core.surroundings import Surroundings
from trigate.llm.health import Vitals
from trigate.llm.provider import Provider
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.request import Block

OWN_FIELDS: Headers = [
    (b"accept-encoding", b"identity"),
    (b"user-agent", b"trigate"),
]


class Site:
    """A provider made ready: its endpoint, paths and constant header fields."""

    __slots__ = (
        "_secrets",
        "client",
        "counts_streams",
        "deadlines",
        "endpoint",
        "fields",
        "max_tokens_field",
        "name",
        "provider",
        "vitals",
    )

    def __init__(self, name: str, provider: Provider, client: Client, surroundings: Surroundings) -> None:
        self.name = name
        self.client = client
        self.deadlines: Deadlines = surroundings.deadlines
        settings = name, provider.origin(), provider.health
        self.vitals = surroundings.keep.adopt("llm.vitals", settings, lambda: Vitals(provider.health))
        self.endpoint: Endpoint = client.endpoint(
            provider.origin(), timeouts=provider.patience(), credential=provider.credential
        )
        self.provider = provider
        credentials = provider.credentials()
        self._secrets = tuple(value.removeprefix(b"Bearer ") for _, value in credentials)
        self.fields = Block([*OWN_FIELDS, *provider.public_fields(), *credentials])
        self.counts_streams = provider.counts_streams()
        self.max_tokens_field = provider.max_tokens_field

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What must not stand in any answer."""
        return self._secrets + self.endpoint.secrets()
