"""Refresh tokens: known again by their proof alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.mint import Mint, Refresh

NOBODY: Any = None
MINT = Mint(AuthorizationSettings(), "https://gateway.example", NOBODY, b"key" * 8)


def test_a_refresh_token_says_which_login_and_generation():
    token = MINT.refresh_token("abc", 7)
    assert MINT.read_refresh(token) == Refresh("abc", 7)
    assert MINT.refresh_token("abc", 7) == token
    assert Mint(AuthorizationSettings(), "", NOBODY, b"other" * 8).read_refresh(token) is None


@given(st.text(max_size=80))
def test_noise_is_no_refresh_token(noise: str):
    assert MINT.read_refresh(noise) is None
    assert MINT.read_refresh(f"tgr_{noise}") is None


@pytest.mark.parametrize("changed", ["tgr_abc.8.", "tgr_abd.7.", "tgr_abc.07.", "tgr_abc.-7.", "tgr_abc.٧."])
def test_no_part_of_it_can_be_another(changed: str):
    proof = MINT.refresh_token("abc", 7).rpartition(".")[2]
    found = MINT.read_refresh(changed + proof)
    assert found is None or found == Refresh("abc", 7)
