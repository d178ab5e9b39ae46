"""Signatures of all makers in base64."""

from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.dialects.gemini_content.seal import seal, unseal


def test_googles_own_signature_is_left_alone():
    assert seal("Q2FsbA==", "google") == "Q2FsbA=="
    assert unseal("Q2FsbA==") == ("Q2FsbA==", "google", False)


@given(st.text("abcXYZ019+/=_-~", min_size=1), st.sampled_from(["anthropic", "openai", "bedrock"]), st.booleans())
def test_another_makers_signature_comes_back_as_it_was(signature: str, maker: str, redacted: bool):
    written = seal(signature, maker, redacted=redacted)
    urlsafe_b64decode(written)
    assert unseal(written) == (signature, maker, redacted)
    assert unseal(written.replace("-", "+").replace("_", "/").rstrip("=")) == (signature, maker, redacted)


@pytest.mark.parametrize("written", ["dGd+", "dGd-!!!", "dGd+/////w==", "dGd-YW50"])
def test_what_only_looks_carried_is_googles(written: str):
    assert unseal(written) == (written, "google", False)


def test_nothing_is_made_by_nobody():
    assert unseal("") == ("", "", False)
