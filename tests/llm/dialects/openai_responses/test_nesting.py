"""Leftovers of objects inside of others."""

from typing import Any

from trigate.llm.dialects.openai_responses.nesting import flatten, put_back


def test_what_was_inside_comes_back_inside() -> None:
    body: dict[str, Any] = {"text": {"format": 1}}
    put_back(body, {**flatten("text", {"verbosity": "low", "x": 2}), "y": 3})
    assert body == {"text": {"format": 1, "verbosity": "low", "x": 2}, "y": 3}


def test_an_object_that_held_nothing_else_comes_back() -> None:
    body: dict[str, Any] = {}
    put_back(body, {"text.verbosity": "low", "include": []}, without=("include",))
    assert body == {"text": {"verbosity": "low"}}


def test_a_point_in_a_name_is_no_place() -> None:
    body: dict[str, Any] = {}
    put_back(body, {"a.b": 1})
    assert body == {"a.b": 1}
