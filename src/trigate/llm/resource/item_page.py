"""Lists of items, page by page, as OpenAI's API has them."""

from collections.abc import Sequence
from typing import Any

from trigate.core.query import parameters
from trigate.llm.resource.kept import write

USUAL, MOST = 20, 100
"""Items on a page."""
LONGEST = 9
"""Digits of a number that is read."""


def item_page(items: Sequence[dict[str, Any]], query: bytes) -> bytes:
    """The page of `items`, oldest first, that the query asks for; the latest come first unless it says otherwise."""
    found = list(items) if parameter(query, b"order") == "asc" else list(items)[::-1]
    after, limit = parameter(query, b"after"), parameter(query, b"limit")
    ids = [each["id"] for each in found]
    start = ids.index(after) + 1 if after in ids else 0
    is_count = limit.isascii() and limit.isdigit() and len(limit) <= LONGEST
    end = start + (min(int(limit), MOST) if is_count else USUAL)
    return write_items(found[start:end], more=end < len(found))


def write_items(items: Sequence[dict[str, Any]], *, more: bool = False) -> bytes:
    """These alone."""
    first, last = (items[0]["id"], items[-1]["id"]) if items else (None, None)
    return write({"object": "list", "data": items, "first_id": first, "last_id": last, "has_more": more})


def parameter(query: bytes, name: bytes) -> str:
    """The first of this name; empty if there is none."""
    found = parameters(query, name)
    return found[0].decode(errors="replace") if found else ""
