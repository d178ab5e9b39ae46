"""What the token endpoint and its neighbours refuse with (RFC 6749 §5.2, RFC 7591 §3.2.2)."""

from trigate.core.parts import Headers


class Refused(Exception):
    """An error of the protocol; `description` is for developers, and safe to show."""

    def __init__(self, error: str, description: str, status: int = 400, headers: Headers | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
        self.headers: Headers = headers or []


def unknown_client(description: str = "the client is not known, or has not proved itself") -> Refused:
    """RFC 6749 §5.2: whoever tried the `Authorization` field is told of its scheme."""
    return Refused("invalid_client", description, 401, [(b"www-authenticate", b'Basic realm="trigate"')])
