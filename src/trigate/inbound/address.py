"""Addresses to listen on, as an operator writes them."""

import re

from msgspec import Struct

_HOST_AND_PORT = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%]+)\]|(?P<host>[^\[\]:]*)):(?P<port>\d{1,5})")


class Address(Struct, frozen=True):
    """Either a host and a port, or the path of a Unix socket."""

    host: str = ""
    """Empty for every address of the machine."""
    port: int = 0
    path: str = ""


def parse_address(text: str) -> Address:
    """Raises ValueError for anything but `HOST:PORT`, `[IPV6]:PORT`, `:PORT` or `unix:PATH`."""
    if text.startswith("unix:"):
        if not text[5:]:
            raise ValueError("an address `unix:/path` needs a path")
        return Address(path=text[5:])
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None or int(found["port"]) > 65535:
        raise ValueError(f"{text!r} is not an address such as 127.0.0.1:8080, [::1]:8080 or unix:/path")
    return Address(found["six"] or found["host"] or "", int(found["port"]))
