"""What providers have in common whose credential is a key in a header field, or in the query."""

import re

from trigate.core.parts import Headers
from trigate.core.settings import Secret
from trigate.llm.api_key import ApiKey, numbered
from trigate.llm.key_place import KeyPlace, read_key_place
from trigate.llm.patience import ModelTimeouts
from trigate.llm.provider import PATIENT, Provider
from trigate.llm.quirk import Quirk
from trigate.outbound.credential import Credential
from trigate.outbound.settings import Timeouts

_ADDRESS = re.compile(r"https?://[^\s?#@]+").fullmatch
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?").fullmatch
_NOT_OURS_TO_SET = frozenset(
    {"host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "te", "trailer"}
    | {"upgrade", "expect", "keep-alive", "proxy-connection", "accept-encoding", "x-request-id", "traceparent"}
)


class HttpProvider(Provider, kw_only=True):
    """A provider at an address, with a key; its kinds say where the key usually travels."""

    base_url: str = ""
    """Address the paths of the API are appended to."""
    api_key: Secret | None = None
    """The provider's key; leave it out for a server that asks for none."""
    api_keys: list[Secret | ApiKey] = []
    """Several keys in place of `api_key`: requests are spread over them, and one that is refused for its key (401, 402,
    403, 429) is sent again with another."""
    key_at: str = ""
    """Where the key travels, if elsewhere than is usual for the kind: a header field (`x-api-key`), one with a scheme
    before the key (`authorization Token`), or a parameter of the query (`?key`)."""
    headers: dict[str, Secret] = {}
    """Further header fields for every request, such as `api-key`; they never show in a log."""
    quirks: list[Quirk] | None = None
    """What is particular to the server, where that differs from what is known of its kind; the reference lists them all
    beside the providers."""
    timeouts: ModelTimeouts = PATIENT
    """How long each phase of a call may take; models think long, so the first byte may take 10 minutes by default."""

    def __post_init__(self) -> None:
        if not _ADDRESS(self.origin()):
            raise ValueError("base_url must be an http:// or https:// address without credentials and query")
        for name, value in self.texts().items():
            if not _VALUE(value):
                raise ValueError(f"{name} must be printable ASCII without spaces at its ends: it travels in a header")
        for name in self.headers:
            if not _NAME(name) or name.lower() in _NOT_OURS_TO_SET:
                raise ValueError(f"{name!r} is not a header field that can be set here")
        field = self.key_place().field
        if field in _NOT_OURS_TO_SET:
            raise ValueError(f"no key can travel in the header field {field}")
        if (self.api_key or self.api_keys) and field in map(str.lower, self.headers):
            raise ValueError(f"api_key and the header {field} exclude each other")
        if self.api_key and self.api_keys:
            raise ValueError("api_key and api_keys exclude each other")
        numbered(self.api_keys)
        if self.credential is not None:
            self._check(self.credential)

    def usual_key_at(self) -> str:
        """Where the key travels unless `key_at` says otherwise, in the same form."""
        return "authorization"

    def key_place(self) -> KeyPlace:
        """Where the key travels; raises ValueError."""
        return read_key_place(self.key_at or self.usual_key_at())

    def habits(self) -> frozenset[Quirk]:
        """As configured, else as is known."""
        return self.usual_quirks() if self.quirks is None else frozenset(self.quirks)

    def usual_quirks(self) -> frozenset[Quirk]:
        """What is known to be particular."""
        return frozenset()

    def constant_fields(self) -> dict[str, str]:
        """Further fields of every request, by name."""
        return {}

    def origin(self) -> str:
        """The base URL without the slash it may end in."""
        return self.base_url.rstrip("/")

    def all_keys(self) -> tuple[ApiKey, ...]:
        """As configured."""
        return numbered(self.api_keys)

    def credentials(self) -> Headers:
        """The key and the configured fields."""
        return self._fields(self.api_key)

    def credentials_with(self, key: Secret) -> Headers:
        """The key and the configured fields."""
        return self._fields(key)

    def query(self, key: Secret | None = None) -> bytes:
        """The parameter of the query that a key travels in."""
        key = key or self.api_key
        return self.key_place().query(key.reveal()) if key else b""

    def key_texts(self) -> tuple[bytes, ...]:
        """The one key, also as a query has it."""
        if not self.api_key:
            return ()
        quoted = self.query().partition(b"=")[2]
        return (self.api_key.reveal().encode(), *((quoted,) if quoted else ()))

    def _fields(self, key: Secret | None) -> Headers:
        fields = {name.lower(): value.reveal() for name, value in self.headers.items()}
        if key:
            place = self.key_place()
            if place.field:
                fields[place.field] = place.value(key.reveal())
        for name, value in self.constant_fields().items():
            fields.setdefault(name, value)
        return [(name.encode(), value.encode()) for name, value in fields.items()]

    def patience(self) -> Timeouts:
        """As configured."""
        return self.timeouts

    def counts_streams(self) -> bool:
        """Whether a stream may be asked to end with its usage."""
        return True

    def texts(self) -> dict[str, str]:
        """What travels in header fields, by the name an operator knows."""
        texts = {f"headers.{name}": value.reveal() for name, value in self.headers.items()}
        keys = {f"api_keys.{each.name}": each.key.reveal() for each in self.all_keys()}
        return texts | keys | ({"api_key": self.api_key.reveal()} if self.api_key is not None else {})

    def _check(self, credential: Credential) -> None:
        """Nothing else may stand in a field that the credential sets, and it is the gateway's own."""
        credential.check_is_common()
        if self.api_key or self.api_keys:
            raise ValueError("api_key and credential exclude each other")
        for name in self.headers:
            if name.lower().encode() in credential.names():
                raise ValueError(f"the header {name} is the credential's: set it in one place")
