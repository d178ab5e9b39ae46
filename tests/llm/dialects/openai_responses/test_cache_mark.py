"""Marks of the prompt cache."""

import pytest

from trigate.llm.conversation import Cache, Extra
from trigate.llm.dialects.openai_responses.cache_mark import read_mark, write_mark
from trigate.llm.node import Node, blame_caller


def read(mark: object) -> tuple[Cache | None, Extra, Extra]:
    form: Extra = {}
    extra: Extra = {}
    return read_mark(Node({"prompt_cache_breakpoint": mark}, blame_caller), form, extra), form, extra


def test_no_mark_is_none() -> None:
    assert read(None) == (None, {}, {})


def test_half_an_hour_is_kept_an_hour_elsewhere() -> None:
    mark = {"mode": "explicit", "ttl": "30m"}
    assert read(mark) == (Cache(ttl="1h"), {"prompt_cache_breakpoint": mark}, {})


def test_half_a_day_is_more_than_any_other_dialect_has() -> None:
    assert read({"mode": "explicit", "ttl": "12h"})[2] == {"prompt_cache_breakpoint.ttl": "12h"}


@pytest.mark.parametrize(("ttl", "written"), [("5m", "30m"), ("1h", "12h"), ("", None), ("2d", None)])
def test_a_mark_lives_at_least_as_long_as_asked(ttl: str, written: str | None) -> None:
    assert write_mark(Cache(ttl=ttl)).get("ttl") == written
