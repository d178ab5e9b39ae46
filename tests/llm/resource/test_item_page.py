"""Pages of items."""

import json
from typing import Any

import pytest

from trigate.llm.resource.item_page import item_page, parameter

ITEMS: list[dict[str, Any]] = [{"id": str(number)} for number in range(30)]


@pytest.mark.parametrize(
    ("query", "ids", "more"),
    [
        (b"", [str(n) for n in range(29, 9, -1)], True),
        (b"order=asc&limit=2", ["0", "1"], True),
        (b"order=asc&after=27", ["28", "29"], False),
        (b"limit=2&after=28", ["27", "26"], True),
        (b"limit=" + b"9" * 5000, [str(n) for n in range(29, 9, -1)], True),
        (b"limit=1000", [str(n) for n in range(29, -1, -1)], False),
    ],
)
def test_a_page_begins_where_it_is_wanted(query: bytes, ids: list[str], more: bool):
    page = json.loads(item_page(ITEMS, query))
    assert [each["id"] for each in page["data"]] == ids
    assert (page["first_id"], page["last_id"], page["has_more"]) == (ids[0], ids[-1], more)


def test_an_empty_page_has_no_ends():
    assert json.loads(item_page([], b""))["first_id"] is None


def test_only_the_first_of_a_name_counts():
    assert parameter(b"a=1&a=2", b"a") == "1"
    assert parameter(b"", b"a") == ""
