"""JSON of the kind that is wanted, or nothing."""

from trigate.llm.dialects.openai_responses.shape import list_of, object_of, text_of


def test_what_is_of_the_kind_is_given_and_anything_else_is_empty() -> None:
    assert (text_of("a"), text_of(1)) == ("a", "")
    assert (list_of([1]), list_of({})) == ([1], [])
    assert (object_of({"a": 1}), object_of([])) == ({"a": 1}, {})
