"""Dialects are found by the folder they are in."""

import pytest

from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect


@pytest.mark.parametrize("name", CHAT_DIALECTS)
def test_a_dialect_is_called_what_its_folder_is_called(name: str) -> None:
    assert find_chat_dialect(name).name == name
    assert find_chat_dialect(name) is find_chat_dialect(name)
