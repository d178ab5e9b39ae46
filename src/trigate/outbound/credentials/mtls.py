"""A client certificate."""

from msgspec.structs import replace

from trigate.core.settings import Secret
from trigate.outbound.credential import Credential
from trigate.outbound.settings import TlsSettings


class Mtls(Credential):
    """Shows a certificate in the TLS handshake; the address must be https."""

    certificate_file: str
    """PEM file with the certificate and its chain."""
    key_file: str = ""
    """PEM file with the key, if it is not in the same file."""
    key_password: Secret | None = None
    """Password of the key."""

    def tls(self, given: TlsSettings) -> TlsSettings:
        """The target's settings, with this certificate."""
        return replace(
            given,
            certificate_file=self.certificate_file,
            key_file=self.key_file,
            key_password=self.key_password,
        )
