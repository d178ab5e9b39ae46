"""The page of providers."""

from trigate.config.provider_page import provider_blocks
from trigate.config.reference import row
from trigate.llm.provider_entry import listed_names
from trigate.llm.quirk import QUIRKS


def test_every_provider_and_every_quirk_has_a_row():
    _, _, table, _, _, quirks = provider_blocks(row)
    assert [line.split("|")[1].strip(" `") for line in table.splitlines()[2:]] == list(listed_names())
    assert [line.split("|")[1].strip(" `") for line in quirks.splitlines()[2:]] == sorted(QUIRKS)


def test_a_row_says_what_is_known_and_where_from():
    line = next(each for each in provider_blocks(row)[2].splitlines() if each.startswith("| `groq` |"))
    for said in (
        "[Groq](https://",
        "`https://api.groq.com/openai/v1`",
        "chat, responses",
        "`GROQ_API_KEY`",
        "2026-05-25",
    ):
        assert said in line
