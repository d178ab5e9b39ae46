"""Identifiers say what they are for, and lead to one provider."""

import pytest

from tests.llm.resource.office import OWNER, Office
from trigate.llm.resource.handle import HandleUnknown
from trigate.llm.resource.unwrap import kind_of, resolver


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("file-tg_x", "file"),
        ("file_tg_x", "file"),
        ("resp_tg_x", "response"),
        ("msgbatch_tg_x", "batch"),
        ("tg_x", "file"),
    ],
)
def test_the_beginning_tells_the_kind(text: str, kind: str):
    assert kind_of(text) == kind


async def test_what_lies_with_another_provider_is_not_found():
    office = Office()
    resolve = resolver(office.premises, OWNER, "openai")
    assert resolve(office.handle("file", "file-1")) == "file-1"
    with pytest.raises(HandleUnknown, match="claude"):
        resolve(office.handle("file", "file_1", "claude"))
