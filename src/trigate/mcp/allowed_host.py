"""The hosts that a sandboxed command may reach."""

import re
from collections.abc import Sequence

from trigate.outbound.egress import address_of

_ENTRY = re.compile(r"(\*|(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(\*|[0-9]{1,5}))?")
_HTTPS = 443


def check_hosts(entries: Sequence[str]) -> None:
    """Raises ValueError for what is not `HOST`, `HOST:PORT`, `*.HOST` or `*`."""
    for entry in entries:
        found = _ENTRY.fullmatch(entry)
        if found is None or ((found[2] or "1").isdigit() and not 0 < int(found[2] or 1) < 65536):
            raise ValueError(f"{entry!r} is not a host such as api.example.com, api.example.com:8443 or *.example.com")


class AllowedHosts:
    """A list of entries, each with its port."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = [_parted(each) for each in entries]

    def allows(self, host: str, port: int) -> bool:
        """Whether one of the entries names this host and port."""
        return any(_fits(each, host, port) for each in self._entries)

    def is_own(self, host: str, port: int) -> bool:
        """Whether an entry names exactly this address: then it is the operator's word, inside or not."""
        return address_of(host) is not None and (host.lower(), port) in self._entries


def _parted(entry: str) -> tuple[str, int]:
    """Host in lower case, and port, 0 for any."""
    found = _ENTRY.fullmatch(entry)
    if found is None:
        raise ValueError(f"{entry!r} is not a host")
    port = 0 if found[2] == "*" else int(found[2] or _HTTPS)
    return found[1].lower().strip("[]"), port


def _fits(entry: tuple[str, int], host: str, port: int) -> bool:
    name, allowed = entry
    host = host.lower().rstrip(".")
    if allowed not in (0, port):
        return False
    return name in ("*", host) or (name.startswith("*.") and host.endswith(name[1:]))
