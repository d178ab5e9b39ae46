"""Reading what clients say of themselves, in a registration or a document (RFC 7591 §2)."""

from typing import Any

from trigate.portal.redirection import check_redirect
from trigate.portal.refused import Refused

MOST_REDIRECTS = 10
_GRANTS = ("authorization_code", "refresh_token")


def read_redirects(wanted: dict[str, Any], error: str = "invalid_client_metadata") -> tuple[str, ...]:
    """The redirect URIs of a client's description; raises Refused."""
    value: Any = wanted.get("redirect_uris")
    listed: list[Any] = value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
    if not 0 < len(listed) <= MOST_REDIRECTS or not all(isinstance(each, str) for each in listed):
        raise Refused(error, f"`redirect_uris` is a list of 1 to {MOST_REDIRECTS} addresses")
    for each in listed:
        try:
            check_redirect(each)
        except ValueError as problem:
            raise Refused(error, str(problem)) from None
    return tuple(listed)


def read_grants(wanted: dict[str, Any]) -> tuple[str, ...]:
    """The grants of a client's description that there are here; by default a code alone (RFC 7591 §2)."""
    value: Any = wanted.get("grant_types", ["authorization_code"])
    listed: list[Any] = value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
    found = tuple(each for each in _GRANTS if each in listed)
    if "authorization_code" not in found:
        raise Refused("invalid_client_metadata", "`grant_types` must have `authorization_code`")
    return found
