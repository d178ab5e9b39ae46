"""Where models are served: an address, a credential, and the manners of the server behind it."""

from importlib import import_module
from typing import TYPE_CHECKING

from trigate.core.parts import Headers
from trigate.core.settings import Duration, Kind, Secret
from trigate.llm.api_key import ApiKey
from trigate.llm.data_policy import DataPolicy
from trigate.llm.fact_settings import FactSettings
from trigate.llm.health import HealthSettings
from trigate.llm.patience import ModelTimeouts
from trigate.llm.price_settings import PriceSettings
from trigate.llm.provider_entry import MaxTokensField, listed_names
from trigate.llm.quirk import Quirk
from trigate.outbound.credential import Credential
from trigate.outbound.settings import Timeouts

if TYPE_CHECKING:
    from trigate.llm.casing import Casing

PATIENT = ModelTimeouts(first_byte=Duration(600), between_bytes=Duration(300))
"""A model may think for minutes before its first word."""


class Provider(Kind, kw_only=True):
    """A place that serves models; its kinds know how each is addressed and how the gateway proves itself there."""

    prices: dict[str, PriceSettings] = {}
    """Prices by model, globs allowed; the first that fits holds: `{"llama-*": {input: 0.2, output: 0.6}}`. Models that
    fit none cost what the built-in table says."""
    priced_as: str = ""
    """The provider whose prices in the built-in table hold here, such as `openai` for a proxy of it; by default it is
    found by the address."""
    facts: dict[str, FactSettings] = {}
    """What models take and can do, by model, globs allowed; the first that fits holds: `{"my-deployment": {like:
    openai/gpt-4.1}}`. Models that fit none are as the table of models says."""
    listed_as: str = ""
    """The provider whose models in the table of models are those here, such as `openai` for a proxy of it; by default
    it is found by the address."""
    max_tokens_field: MaxTokensField = "max_completion_tokens"
    """The member by which the provider takes a bound of the output; many servers know only the older `max_tokens`. The
    gateway writes it where a limit leaves less than the caller asks for."""

    passthrough: bool | list[str] = False
    """Whether callers reach the provider's own API at `/passthrough/NAME/…`, with the gateway's credential: `true` for
    all of it, or globs of its paths, such as `["/fine_tuning/*"]`. Who may do what there is up to the rules of access
    alone: the provider does not know whose files and jobs are whose."""
    policy: DataPolicy = DataPolicy()
    """What becomes of data there; models can demand something of it by `require`."""
    health: HealthSettings = HealthSettings()
    """When a model of it is passed over for a while, because it fails."""
    credential: Credential | None = None
    """How the gateway proves itself there, where a key of its own is not all: tokens that run out, signatures,
    certificates."""

    @classmethod
    def listed(cls) -> tuple[str, ...]:
        """The providers of the catalogue."""
        return listed_names()

    @classmethod
    def make(cls, name: str) -> "type[Kind]":
        """One of those; raises LookupError."""
        return import_module("trigate.llm.listed_provider").listed_kind(name)

    def origin(self) -> str:
        """The URL that every path is appended to."""
        raise NotImplementedError

    def path(self, operation: str, model: str, *, streamed: bool) -> bytes | None:
        """The path of an operation, such as `openai_embeddings`, to be appended to the origin; None if it has none."""
        raise NotImplementedError

    def dialects(self) -> tuple[str, ...]:
        """The dialects in which it can be asked for a chat, the one it knows best first."""
        raise NotImplementedError

    def habits(self) -> frozenset[Quirk]:
        """What is particular to it in a dialect that others speak too, such as `no_developer_role`."""
        return frozenset()

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Its keys, if it has several to choose from for each request."""
        return ()

    def casing(self, operation: str, model: str) -> "Casing | None":
        """What must be put around the body and the stream of an operation; None, the default, if nothing."""
        return None

    def credentials(self) -> Headers:
        """Header fields by which the gateway proves itself; what stands in them never reaches a caller."""
        raise NotImplementedError

    def credentials_with(self, key: Secret) -> Headers:
        """The same with one of `all_keys`."""
        raise NotImplementedError

    def query(self, key: Secret | None = None) -> bytes:
        """The parameter of every request's query by which the gateway proves itself, with the only key or one of
        `all_keys`; empty, the default, if none does."""
        return b""

    def key_texts(self) -> tuple[bytes, ...]:
        """The only key as it may be quoted in an answer; nothing by default."""
        return ()

    def public_fields(self) -> Headers:
        """Further header fields of every request, which prove nothing and may be seen by anybody."""
        return []

    def patience(self) -> Timeouts:
        """How long each phase of a call may take."""
        raise NotImplementedError

    def keeps_responses(self) -> bool:
        """Whether it keeps answers of OpenAI's Responses, so that they can be looked at and gone on from."""
        return False

    def counts_streams(self) -> bool:
        """Whether a stream may be asked to end with its usage."""
        raise NotImplementedError
