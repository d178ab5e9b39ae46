"""The certificates of a listener: chosen by name, and taken over when their files change."""

import ssl
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.tls import harden
from trigate.inbound.settings import CertificateSettings, ListenerTls

LOOK_SECONDS = 10.0
"""How often the files are looked at."""
_MINIMUM = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_VERIFY = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


class _Shown(Struct, frozen=True):
    """A certificate that can be shown, and the names it is for."""

    context: ssl.SSLContext
    names: frozenset[str]


class Certificates:
    """What a listener shows; handshakes begun before a change keep what they began with."""

    __slots__ = ("_report", "_seen", "_settings", "_shown", "deadline")

    def __init__(self, settings: ListenerTls, report: Callable[[Exception], None]) -> None:
        """Raises OSError, ssl.SSLError or ValueError if a file cannot be used; later it is `report`ed."""
        self._report = report
        self._settings = settings
        self._seen = self._stamp()
        self._shown = self._load()
        self.deadline = clock.monotonic() + LOOK_SECONDS

    @property
    def context(self) -> ssl.SSLContext:
        """For a new handshake: the first certificate, unless the caller names a host that another one is for."""
        return self._shown[0].context

    def expire(self) -> None:
        """Look at the files again."""
        self.deadline = clock.monotonic() + LOOK_SECONDS
        self.reload()

    def reload(self) -> bool:
        """Take over changed files, and say whether there were any; one that cannot be used leaves all as it was."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            self._shown = self._load()
        except (OSError, ssl.SSLError, ValueError) as error:
            self._report(error)
            return False
        return True

    def _stamp(self) -> tuple[tuple[int, int], ...]:
        return tuple(_state(path) for path in self._paths())

    def _paths(self) -> list[str]:
        paths = [path for each in self._settings.certificates for path in (each.certificate_file, each.key_file)]
        return [*paths, self._settings.client_ca_file] if self._settings.client_ca_file else paths

    def _load(self) -> list[_Shown]:
        shown = [_Shown(self._context(each), _names(each.certificate_file)) for each in self._settings.certificates]
        for each in shown:
            each.context.sni_callback = self._choose
        return shown

    def _context(self, certificate: CertificateSettings) -> ssl.SSLContext:
        context = harden(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), _MINIMUM[self._settings.minimum_version])
        context.load_cert_chain(certificate.certificate_file, certificate.key_file, password=_no_password)
        context.set_alpn_protocols(["http/1.1"])
        if self._settings.client_ca_file:
            context.load_verify_locations(self._settings.client_ca_file)
        context.verify_mode = _VERIFY[self._settings.client_certificates]
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """Show the certificate for `name`; a wildcard stands for one label (RFC 6125 §6.4.3)."""
        if name is None:
            return
        exact = name.lower()
        wildcard = "*." + exact.partition(".")[2]
        for wanted in (exact, wildcard):
            for each in self._shown:
                if wanted in each.names:
                    connection.context = each.context
                    return


def _no_password() -> str:
    raise ValueError("the private key is encrypted; a gateway that starts by itself needs one that is not")


def _state(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _names(path: str) -> frozenset[str]:
    """The DNS names in the first certificate of a file."""
    from cryptography import x509  # noqa: PLC0415 - 40 ms that only a listener with TLS shall cost

    certificate = x509.load_pem_x509_certificates(Path(path).read_bytes())[0]
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in found.value.get_values_for_type(x509.DNSName))
