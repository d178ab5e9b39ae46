"""Tokens of operators in the file."""

import pytest

from trigate.admin.settings import AdminToken
from trigate.core.settings import Secret


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        AdminToken(secret=Secret("short"))


def test_whoever_says_nothing_reads_only() -> None:
    assert AdminToken(secret=Secret("0123456789abcdef")).role == "viewer"
