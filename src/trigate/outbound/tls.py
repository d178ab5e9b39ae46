"""Makes the TLS contexts that upstream connections share."""

import os
import ssl

from msgspec import Struct

from trigate.core.errors import BadConfig
from trigate.core.tls import harden
from trigate.outbound.settings import TlsSettings

_MINIMUM = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Files(Struct, frozen=True):
    """When the files of a context were last changed, so that a reload notices."""

    changed: tuple[tuple[str, int, int], ...]


def files_of(settings: TlsSettings) -> Files:
    """Raises BadConfig if a file is not there."""
    names = [name for name in (settings.ca_file, settings.certificate_file, settings.key_file) if name]
    try:
        facts = [(name, os.stat(name)) for name in names]
    except OSError as error:
        raise BadConfig(f"TLS file {error.filename}: {error.strerror}") from None
    return Files(tuple((name, fact.st_mtime_ns, fact.st_ino) for name, fact in facts))


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """A context for connections to upstreams; raises BadConfig if a file cannot be used."""
    context = harden(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), _MINIMUM[settings.minimum])
    context.set_alpn_protocols(["http/1.1"])
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        if settings.ca_system or not settings.ca_file:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        if settings.ca_file:
            context.load_verify_locations(settings.ca_file)
        if settings.certificate_file:
            password = settings.key_password.reveal() if settings.key_password else ""
            context.load_cert_chain(settings.certificate_file, settings.key_file or None, password)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise BadConfig(
            f"TLS files of an upstream cannot be used: {getattr(error, 'strerror', None) or error}"
        ) from None
    return context


def explain(error: Exception) -> str:
    """What went wrong in a handshake, in words that show no key and no certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the upstream's certificate was not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or 'unknown reason').lower().replace('_', ' ')}"
    return str(error)
