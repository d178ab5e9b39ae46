"""OpenAI, and every server that speaks its API."""

import re

from trigate.core.parts import Headers
from trigate.core.settings import Secret
from trigate.llm.provider import PATIENT, Provider
from trigate.outbound.credential import Credential
from trigate.outbound.settings import Timeouts

_ADDRESS = re.compile(r"https?://[^\s?#@]+").fullmatch
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?").fullmatch
_NOT_OURS_TO_SET = frozenset(
    {"host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "te", "trailer"}
    | {"upgrade", "expect", "keep-alive", "proxy-connection", "accept-encoding", "x-request-id", "traceparent"}
)


class OpenAI(Provider):
    """OpenAI's API, or a server that speaks it: Azure's v1 API, Ollama, vLLM, llama.cpp, Groq, OpenRouter and more."""

    base_url: str = "https://api.openai.com/v1"
    """Address the paths of the API are appended to, usually ending in `/v1`."""
    api_key: Secret | None = None
    """Sent as `Authorization: Bearer`; leave it out for a server that asks for none."""
    organization: str = ""
    """OpenAI organisation the calls are billed to, if the key has several."""
    project: str = ""
    """OpenAI project the calls are billed to, if the key has several."""
    headers: dict[str, Secret] = {}
    """Further header fields for every request, such as `api-key`; they never show in a log."""
    timeouts: Timeouts = PATIENT
    """How long each phase of a call may take; models think long, so the first byte may take 10 minutes by default."""
    stream_usage: bool = True
    """Ask for the usage at the end of every stream; turn it off for a server that refuses `stream_options`."""

    def __post_init__(self) -> None:
        if not _ADDRESS(self.base_url):
            raise ValueError("base_url must be an http:// or https:// address without credentials and query")
        for name, value in self._texts().items():
            if not _VALUE(value):
                raise ValueError(f"{name} must be printable ASCII without spaces at its ends: it travels in a header")
        for name in self.headers:
            if not _NAME(name) or name.lower() in _NOT_OURS_TO_SET:
                raise ValueError(f"{name!r} is not a header field that can be set here")
        if self.api_key and "authorization" in map(str.lower, self.headers):
            raise ValueError("api_key and the header authorization exclude each other")
        if self.credential is not None:
            self._check(self.credential)

    def origin(self) -> str:
        """The base URL without the slash it may end in."""
        return self.base_url.rstrip("/")

    def path(self, operation: str) -> bytes:
        """The operation's own path."""
        return b"/" + operation.encode()

    def credentials(self) -> Headers:
        """Bearer key, organisation, project and the configured fields."""
        fields = {name.lower(): value.reveal() for name, value in self.headers.items()}
        if self.api_key:
            fields["authorization"] = f"Bearer {self.api_key.reveal()}"
        if self.organization:
            fields["openai-organization"] = self.organization
        if self.project:
            fields["openai-project"] = self.project
        return [(name.encode(), value.encode()) for name, value in fields.items()]

    def patience(self) -> Timeouts:
        """As configured."""
        return self.timeouts

    def counts_streams(self) -> bool:
        """As configured."""
        return self.stream_usage

    def _check(self, credential: Credential) -> None:
        """Nothing else may stand in a field that the credential sets."""
        if self.api_key:
            raise ValueError("api_key and credential exclude each other")
        for name in self.headers:
            if name.lower().encode() in credential.names():
                raise ValueError(f"the header {name} is the credential's: set it in one place")

    def _texts(self) -> dict[str, str]:
        """What travels in header fields, by the name an operator knows."""
        texts = {f"headers.{name}": value.reveal() for name, value in self.headers.items()}
        texts |= {"organization": self.organization} if self.organization else {}
        texts |= {"project": self.project} if self.project else {}
        return texts | ({"api_key": self.api_key.reveal()} if self.api_key is not None else {})
