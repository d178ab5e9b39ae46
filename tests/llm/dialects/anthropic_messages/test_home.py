"""Members are put together without touching where they came from."""

from trigate.llm.dialects.anthropic_messages.home import blanks, unite


def test_the_later_layer_counts_and_objects_are_united() -> None:
    first = {"a": 1, "deep": {"x": 1, "y": 1}}
    assert unite(first, {"a": 2, "deep": {"y": 2}}) == {"a": 2, "deep": {"x": 1, "y": 2}}
    assert first == {"a": 1, "deep": {"x": 1, "y": 1}}


def test_what_says_nothing_is_kept_also_in_known_objects() -> None:
    value = {"text": "a", "title": None, "is_error": False, "source": {"type": "url", "x": ""}, "other": {"x": ""}}
    assert blanks(value) == {"title": None, "is_error": False, "source": {"x": ""}}
