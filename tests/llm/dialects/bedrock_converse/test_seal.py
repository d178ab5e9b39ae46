"""Signatures in Bedrock's two places."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.dialects.bedrock_converse.seal import is_understood, seal, seal_redacted, unseal, unseal_redacted

SIGNATURE = st.text("abcXYZ019+/=_-~", min_size=1)
MAKER = st.sampled_from(["anthropic", "openai", "google"])


@given(SIGNATURE, MAKER)
def test_another_makers_comes_back_as_it_was(signature: str, maker: str):
    assert unseal(seal(signature, maker)) == (signature, maker)
    b64decode(seal_redacted(signature, maker), validate=True)
    assert unseal_redacted(seal_redacted(signature, maker)) == (signature, maker)


@pytest.mark.parametrize("written", ["U2ln", "dGd+", "dGd+!", "dGd+/w=="])
def test_bedrocks_own_is_left_alone(written: str):
    assert seal_redacted(written, "bedrock") == written
    assert unseal_redacted(written) == (written, "bedrock")
    assert unseal(written) == (written, "bedrock")


@pytest.mark.parametrize(
    ("maker", "model", "understood"),
    [
        ("bedrock", "amazon.nova-pro-v1:0", True),
        ("anthropic", "eu.anthropic.claude-opus-4-8-v1:0", True),
        ("anthropic", "amazon.nova-pro-v1:0", False),
        ("google", "eu.anthropic.claude-opus-4-8-v1:0", False),
    ],
)
def test_claudes_signatures_are_good_where_claude_is(maker: str, model: str, understood: bool):
    assert is_understood(maker, model) is understood
