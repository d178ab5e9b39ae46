"""User name and password (RFC 7617)."""

from base64 import b64encode

from trigate.core.parts import Headers
from trigate.core.settings import Secret
from trigate.outbound.credential import Credential


class Basic(Credential):
    """Sends `authorization: Basic`."""

    user: str
    """The user name; a colon cannot stand in it."""
    password: Secret
    """The password."""

    def __post_init__(self) -> None:
        if ":" in self.user:
            raise ValueError("a user name cannot hold a colon (RFC 7617 §2)")
        if any(ord(each) < 32 or ord(each) == 127 for each in self.user + self.password.reveal()):
            raise ValueError("user and password cannot hold control characters (RFC 7617 §2)")

    def fields(self) -> Headers:
        """The one field."""
        return [(b"authorization", b"Basic " + self._joined())]

    def secrets(self) -> tuple[bytes, ...]:
        """The password, as it is and as it is sent."""
        return (self._joined(), self.password.reveal().encode())

    def _joined(self) -> bytes:
        return b64encode(f"{self.user}:{self.password.reveal()}".encode())
