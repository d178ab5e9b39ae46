"""Addresses of resources that several servers have: the server's name before the address."""

SCHEME = "trigate://"


def apart(server: str, uri: str) -> str:
    """A resource of one server, whoever else has one of the same address; a template stays one."""
    return f"{SCHEME}{server}/{uri}"


def taken_apart(uri: str) -> tuple[str, str] | None:
    """Server and own address; None for an address that names no server."""
    if not uri.startswith(SCHEME):
        return None
    server, _, own = uri.removeprefix(SCHEME).partition("/")
    return server, own
