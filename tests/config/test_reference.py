"""The pages of the reference are complete and the same every time."""

from trigate.config.config import Config
from trigate.config.reference import NOTE, every_error, page, pages, row
from trigate.config.shape import fields
from trigate.core import errors


def test_every_key_and_every_kind_has_its_page():
    found = pages()
    assert {f"configuration/{key}.md" for key in fields(Config)} <= set(found)
    assert {"kinds/authenticators/api_key.md", "kinds/providers/openai.md"} <= set(found)


def test_a_page_lists_the_keys_of_everything_below():
    text = pages()["configuration/llm.md"]
    assert "## `llm.models.NAME`" in text
    assert "](../kinds/providers/openai.md)" in text
    assert "| `targets` | text or a list of text or a mapping | must be written |" in text


def test_every_page_is_marked_as_written():
    assert all(NOTE in text for text in pages().values())


def test_errors_come_with_their_parents_first():
    found = every_error()
    assert found.index(errors.BadRequest) < found.index(errors.PayloadTooLarge)
    assert len(set(found)) == len(found)


def test_a_cell_never_ends_the_row():
    assert row("a|b", "c\nd") == "| a\\|b | c<br>d |"


def test_empty_blocks_leave_no_gap():
    assert "\n\n\n" not in page("Title", "", "one", " ", "two")
