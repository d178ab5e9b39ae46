"""What every page gets and gives; a page is one file in `pages`."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from trigate.core.errors import BadRequest
from trigate.portal.visit import Answer, Visit

MOST_FIELDS = 64


class Page(Protocol):
    """One public page."""

    async def answer(self, visit: Visit) -> Answer:
        """Answer one visit; a GatewayError is shown as a page of its own."""
        ...


def read_fields(text: str) -> Mapping[str, str]:
    """The fields of a query or form (application/x-www-form-urlencoded); raises BadRequest if one comes twice.

    OAuth 2.1 §3.1: parameters are not included more than once; those without a value count as left out.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise BadRequest("the parameters cannot be read") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("a parameter comes twice")
    if any("\0" in value for value in found.values()):
        raise BadRequest("a parameter holds a NUL")
    return {name: value for name, value in found.items() if value}


def read_form(visit: Visit) -> Mapping[str, str]:
    """The fields of a form that was sent; raises BadRequest."""
    media = visit.fields.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise BadRequest("send the parameters as application/x-www-form-urlencoded")
    try:
        return read_fields(visit.body.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadRequest("the parameters cannot be read") from None
