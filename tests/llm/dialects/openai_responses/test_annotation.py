"""Sources of a text."""

from trigate.llm.conversation import Citation
from trigate.llm.dialects.openai_responses.annotation import read_annotations, write_annotation
from trigate.llm.node import blame_caller

ADDRESS = {"type": "url_citation", "url": "u", "title": "T", "start_index": 1, "end_index": 4}
FILE = {"type": "file_citation", "file_id": "file-1", "filename": "a.txt", "index": 7}


def test_an_address_and_a_file_come_back_as_they_were() -> None:
    for note in (ADDRESS, FILE, {"type": "future", "x": 1}):
        (citation,) = read_annotations([note], blame_caller, "annotations")
        assert write_annotation(citation, 9, home=True) == note


def test_an_address_is_understood() -> None:
    (citation,) = read_annotations([ADDRESS], blame_caller, "annotations")
    assert citation == Citation(url="u", title="T", start=1, end=4)


def test_a_source_without_a_place_covers_the_text() -> None:
    assert write_annotation(Citation(url="u"), 9, home=False)["end_index"] == 9


def test_a_source_without_an_address_is_a_file_by_its_title() -> None:
    note = write_annotation(Citation(title="Book", document=2, quote="…"), 9, home=False)
    assert note == {"type": "file_citation", "file_id": "document_2", "filename": "Book", "index": 9}


def test_what_another_dialect_leaves_over_is_not_told() -> None:
    foreign = Citation(url="u", title="T", extra={"type": "char_location", "x": 1})
    assert "x" not in write_annotation(foreign, 9, home=False)
