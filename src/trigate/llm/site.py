"""A provider made ready: where its asks go, with which fields, and how well it does."""

from trigate.core.deadlines import Deadlines
from trigate.core.parts import Headers
from trigate.core.surroundings import Surroundings
from trigate.llm.health import Vitals
from trigate.llm.key_place import with_query
from trigate.llm.key_ring import KeyRing
from trigate.llm.patience import ModelTimeouts, as_model_timeouts
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
        "query",
        "ring",
        "timeouts",
        "vitals",
    )

    def __init__(self, name: str, provider: Provider, client: Client, surroundings: Surroundings) -> None:
        self.name = name
        self.client = client
        self.deadlines: Deadlines = surroundings.deadlines
        settings = name, provider.origin(), provider.health
        self.vitals = surroundings.keep.adopt("llm.vitals", settings, lambda: Vitals(provider.health))
        timeouts = provider.patience()
        self.timeouts = timeouts if isinstance(timeouts, ModelTimeouts) else as_model_timeouts(timeouts)
        self.endpoint: Endpoint = client.endpoint(provider.origin(), timeouts=timeouts, credential=provider.credential)
        self.provider = provider
        keys = provider.all_keys()
        public = [*OWN_FIELDS, *provider.public_fields()]
        credentials = provider.credentials_with(keys[0].key) if keys else provider.credentials()
        self._secrets = tuple(value.removeprefix(b"Bearer ") for _, value in credentials)
        self._secrets += provider.key_texts()
        for each in keys:
            quoted = provider.query(each.key).partition(b"=")[2]
            self._secrets += (each.key.reveal().encode(), *((quoted,) if quoted else ()))
        self.query = provider.query(keys[0].key if keys else None)
        """The parameter that the key travels in; empty, if it is a field that it travels in."""
        self.fields = Block([*public, *credentials])
        """With the only key; the first of several, which `ring` chooses from for each attempt."""
        self.ring = KeyRing(name, provider, public, surroundings) if keys else None
        self.counts_streams = provider.counts_streams()
        self.max_tokens_field = provider.max_tokens_field

    def target(self, path: bytes) -> bytes:
        """A path of the provider's as it is sent, with the key if that travels there."""
        return with_query(self.endpoint.prefix + path, self.query)

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What must not stand in any answer."""
        return self._secrets + self.endpoint.secrets()
