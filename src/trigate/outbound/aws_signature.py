"""Signs requests by AWS Signature Version 4, with a key that lasts a day."""

import hmac
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from trigate.core.clock import clock
from trigate.outbound.credential import Outgoing

if TYPE_CHECKING:
    from trigate.outbound.credentials.sigv4 import SigV4

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_NEVER_SIGNED = "vpc-lattice-svcs"
"""The one service that takes no signature over a body."""
_UNSIGNED_TAKEN = frozenset(("s3", "s3express", "s3-object-lambda", "s3-outposts", _NEVER_SIGNED))
"""Services (as signatures name them) to which a body may go as it comes."""


class Signer:
    """Proves requests by their signature (outbound.credential.Proof)."""

    def __init__(self, settings: "SigV4") -> None:
        self._settings = settings
        self._day = ""
        self._key = b""
        self.body_limit = 0 if settings.service in _UNSIGNED_TAKEN else int(settings.max_body)

    def lines(self, request: Outgoing) -> bytes:
        """Date, digest of the body, session token and signature."""
        settings, moment = self._settings, datetime.fromtimestamp(clock.wall_ns() / 1e9, UTC)
        time, digest = moment.strftime("%Y%m%dT%H%M%SZ"), self._digest(request.body)
        fields = {"host": request.authority.decode(), "x-amz-content-sha256": digest, "x-amz-date": time}
        if settings.session_token is not None:
            fields["x-amz-security-token"] = settings.session_token.reveal()
        authorization = self.authorization(request, fields, time, digest)
        sent = {name: value for name, value in fields.items() if name != "host"} | {"authorization": authorization}
        return "".join(f"{name}: {value}\r\n" for name, value in sent.items()).encode()

    def rejected(self, lines: bytes) -> bool:
        """Another signature would be rejected, too."""
        return False

    def secrets(self) -> tuple[bytes, ...]:
        """The secret key and the session token."""
        settings = self._settings
        token = (settings.session_token.reveal().encode(),) if settings.session_token else ()
        return (settings.secret_access_key.reveal().encode(), *token)

    def authorization(self, request: Outgoing, fields: dict[str, str], time: str, digest: str) -> str:
        """The value of the field; `fields` are those that are signed, in lower case."""
        settings, names = self._settings, ";".join(sorted(fields))
        scope = f"{time[:8]}/{settings.region}/{settings.service}/aws4_request"
        canonical = canonical_request(request, fields, digest, plain=settings.service.startswith("s3"))
        signed = "\n".join((ALGORITHM, time, scope, sha256(canonical.encode()).hexdigest()))
        signature = hmac.new(self._signing_key(time[:8]), signed.encode(), sha256).hexdigest()
        credential = f"{settings.access_key_id}/{scope}"
        return f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"

    def _digest(self, body: bytes | None) -> str:
        if body is None or self._settings.service == _NEVER_SIGNED:
            return UNSIGNED
        return sha256(body).hexdigest()

    def _signing_key(self, day: str) -> bytes:
        if day != self._day:
            key = f"AWS4{self._settings.secret_access_key.reveal()}".encode()
            for part in (day, self._settings.region, self._settings.service, "aws4_request"):
                key = hmac.new(key, part.encode(), sha256).digest()
            self._day, self._key = day, key
        return self._key


def canonical_request(request: Outgoing, fields: dict[str, str], digest: str, *, plain: bool = False) -> str:
    """The request in the one spelling that both sides sign; the path is escaped once more, unless `plain`, for S3."""
    path, _, query = request.target.decode("latin-1").partition("?")
    pairs = sorted(_pair(each) for each in query.split("&") if each)
    lines = [f"{name}:{' '.join(value.split())}" for name, value in sorted(fields.items())]
    return "\n".join(
        (
            request.method.decode(),
            path if plain else quote(re.sub("/+", "/", path), safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            *lines,
            "",
            ";".join(sorted(fields)),
            digest,
        )
    )


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return _escape(unquote(name)), _escape(unquote(value))


def _escape(text: str) -> str:
    return quote(text, safe="-_.~")
