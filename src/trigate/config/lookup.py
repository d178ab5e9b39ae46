"""Where a reference such as `${vault:PATH#FIELD}` may lead: its kinds are found by the word before the colon."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    import http.client

TIMEOUT_SECONDS = 5.0
"""Longest wait for each step of asking a store of secrets."""
LARGEST_ANSWER = 1024 * 1024


S = TypeVar("S", bound=msgspec.Struct)


Read = Callable[[str, Mapping[str, str]], str]
"""The function `read` of a module of `config/secret_stores`: the text that a reference (what stood after the colon)
leads to, given the environment. Raises ValueError with a message for the operator that quotes no secret.
"""


def names() -> list[str]:
    """The words before the colon that are known."""
    package = importlib.import_module("trigate.config.secret_stores")
    return sorted(found.name for found in pkgutil.iter_modules(package.__path__))


def find(name: str) -> Read | None:
    """How the source of this name is read, None if there is none; only those that are named are loaded."""
    return importlib.import_module(f"trigate.config.secret_stores.{name}").read if name in names() else None


def required(variables: Mapping[str, str], name: str) -> str:
    """A variable of the environment that a source needs; raises ValueError."""
    value = variables.get(name, "")
    if not value:
        raise ValueError(f"this reference needs the environment variable {name}")
    return value


def split_field(reference: str) -> tuple[str, str]:
    """Name and field of `NAME#FIELD`; the field is empty without `#`."""
    name, _, field = reference.partition("#")
    if not name:
        raise ValueError("the reference names no secret")
    return name, field


def pick(text: str, field: str) -> str:
    """A field of a secret that is a JSON object, or the whole text if no field is wanted; raises ValueError."""
    if not field:
        return text
    try:
        members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ValueError("the secret is not a JSON object, so that no field can be taken from it") from None
    if field not in members:
        raise ValueError(f"the secret has no field {field!r}")
    value = msgspec.json.decode(members[field])
    return value if isinstance(value, str) else bytes(members[field]).decode()


class Reply(msgspec.Struct, frozen=True):
    """What a server answered."""

    status: int
    body: bytes

    def read(self, kind: type[S]) -> S:
        """The body as JSON of this type; raises ValueError, which does not quote it."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ValueError("the store of secrets answered something that is not understood") from None


def fetch(method: str, url: str, fields: Mapping[str, str], body: bytes = b"", *, ca_file: str = "") -> Reply:
    """One request; raises ValueError if there is no answer in time."""
    import http.client  # noqa: PLC0415 - only files that name such a store need it

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{parts.scheme}://{parts.hostname or ''} is not an address of a store of secrets")
    target = parts.path or "/"
    connection = _connection(parts.scheme, parts.hostname, parts.port, ca_file)
    try:
        connection.request(method, f"{target}?{parts.query}" if parts.query else target, body or None, dict(fields))
        answer = connection.getresponse()
        found = answer.read(LARGEST_ANSWER + 1)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ValueError(f"{parts.hostname} cannot be asked: {reason}") from None
    finally:
        connection.close()
    if len(found) > LARGEST_ANSWER:
        raise ValueError(f"{parts.hostname} answered more than {LARGEST_ANSWER} bytes")
    return Reply(answer.status, found)


def _connection(scheme: str, host: str, port: int | None, ca_file: str) -> "http.client.HTTPConnection":
    import http.client  # noqa: PLC0415 - as above
    import ssl  # noqa: PLC0415

    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context(cafile=ca_file or None)
    return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)
