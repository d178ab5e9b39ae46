"""Who holds a certificate: by its names, or by its fingerprint."""

from datetime import UTC
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec import Struct

from trigate.core.principal import Principal, Standing
from trigate.core.settings import Settings
from trigate.policy.claim import LANES, LaneName
from trigate.policy.glob import Globs


class Holder(Settings):
    """Who the holders of some certificates are; whatever is written of the certificate must hold."""

    common_name: str = ""
    """Glob for the subject's common name, `*` standing for anything; certificates with several have none."""
    uri: str = ""
    """Glob for one of its URI names, such as `spiffe://example.org/agents/*`."""
    dns: str = ""
    """Glob for one of its DNS names."""
    fingerprint: str = ""
    """SHA-256 of the whole certificate in hexadecimal digits, colons allowed."""
    user: str = ""
    """The person; `{common_name}`, `{uri}` and `{dns}` stand for what was found."""
    agent: str = ""
    """The agent (service account); the same may stand in it."""
    team: str = ""
    """The team."""
    organisation: str = ""
    """The organisation."""
    roles: tuple[str, ...] = ()
    """Roles."""
    lanes: tuple[LaneName, ...] = LANES
    """The lanes they may use."""

    def __post_init__(self) -> None:
        if not (self.common_name or self.uri or self.dns or self.fingerprint):
            raise ValueError("say which certificates are meant: `common_name`, `uri`, `dns` or `fingerprint`")
        if not (self.user or self.agent):
            raise ValueError("say who they are: `user` or `agent`")
        for name in ("common_name", "uri", "dns"):
            if f"{{{name}}}" in self.user + self.agent and not getattr(self, name):
                raise ValueError(f"`{{{name}}}` stands for nothing, because no `{name}` is asked for")


class _Names(Struct, frozen=True):
    """What a certificate says of its holder."""

    common_name: list[str]
    uri: list[str]
    dns: list[str]
    fingerprint: str
    expires: float


class Entry:
    """What is written of some certificates, ready to be compared."""

    def __init__(self, settings: Holder) -> None:
        self.settings = settings
        asked = ("common_name", "uri", "dns")
        self.globs = {name: Globs((getattr(settings, name),)) for name in asked if getattr(settings, name)}
        self.fingerprint = settings.fingerprint.replace(":", "").lower()

    def fits(self, names: _Names) -> dict[str, str] | None:
        """The names that fit, None if something does not."""
        if self.fingerprint not in ("", names.fingerprint):
            return None
        found = dict[str, str]()
        for name, glob in self.globs.items():
            fitting = [each for each in getattr(names, name) if glob.fit(each) and each.isprintable()]
            if len(fitting) != 1:  # two that fit would be two callers
                return None
            found[name] = fitting[0]
        return found


def find_holder(entries: tuple[Entry, ...], certificate: bytes, digest: bytes) -> Principal | None:
    """Who holds this certificate (DER, and its SHA-256) by the first entry that fits, None if none does."""
    try:
        names = _read(certificate, digest)
    except ValueError:
        return None
    for entry in entries:
        found = entry.fits(names)
        if found is not None:
            return _principal(entry.settings, found, names.expires)
    return None


def _read(certificate: bytes, digest: bytes) -> _Names:
    """Raises ValueError for a certificate that cannot be read."""
    read = x509.load_der_x509_certificate(certificate)
    common = [str(each.value) for each in read.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        alternative: Any = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        alternative = x509.SubjectAlternativeName([])
    uris, names = (alternative.get_values_for_type(each) for each in (x509.UniformResourceIdentifier, x509.DNSName))
    until = read.not_valid_after_utc.astimezone(UTC).timestamp()
    return _Names(common if len(common) == 1 else [], list(uris), list(names), digest.hex(), until)


def _principal(holder: Holder, found: dict[str, str], expires: float) -> Principal:
    user, agent = _filled(holder.user, found), _filled(holder.agent, found)
    return Principal(
        f"certificate:{agent or user}",
        frozenset(holder.lanes),
        user,
        agent,
        holder.team,
        holder.organisation,
        frozenset(holder.roles),
        expires=expires,
        standing=Standing(until=expires),
    )


def _filled(template: str, found: dict[str, str]) -> str:
    for name, value in found.items():
        if template == f"{{{name}}}":
            return value
        template = template.replace(f"{{{name}}}", value.replace("{", ""))
    return template
