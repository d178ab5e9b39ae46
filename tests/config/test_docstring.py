"""Reference texts are read from the source."""

from tests.config.sample import Leaf, Tree
from trigate.config.docstring import class_text, field_text, first_sentence
from trigate.config.shape import fields
from trigate.llm.providers.openai import OpenAI


def test_a_class_says_what_it_is():
    assert class_text(Leaf) == "The end of a branch."


def test_the_string_after_a_field_is_its_text_one_line_per_paragraph():
    assert field_text(Leaf, "url") == "Where it is.\nMore about where it is."
    assert all(field_text(Tree, key) for key in fields(Tree))


def test_a_kind_is_documented_like_any_class():
    assert "leave it out" in field_text(OpenAI, "api_key")


def test_a_class_without_source_has_no_texts():
    names: dict[str, object] = {"__name__": "nowhere"}
    source = "from trigate.core.settings import Settings\nclass Bare(Settings):\n    key: int = 1\n"
    exec(compile(source, "<none>", "exec"), names)
    bare = names["Bare"]
    assert isinstance(bare, type)
    assert field_text(bare, "key") == ""


def test_the_first_sentence_ends_at_its_stop():
    assert first_sentence("One. Two.\nThree.") == "One."
    assert first_sentence("Written as `1.5`") == "Written as `1.5`"
