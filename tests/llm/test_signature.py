"""Signatures find back to who made them."""

import pytest

from trigate.llm.signature import carry, read_carried


@pytest.mark.parametrize("maker", ["anthropic", "google", "openai", "bedrock"])
@pytest.mark.parametrize("home", ["anthropic", "google", "openai"])
@pytest.mark.parametrize("signature", ["abc==", "a~b~", "tg~x"])
def test_what_is_carried_is_read_with_its_maker(maker: str, home: str, signature: str) -> None:
    written = carry(signature, maker, home)
    assert (written == signature) is (maker == home)
    if maker != home or not signature.startswith("tg~"):
        assert read_carried(written, home) == (signature, maker)


def test_nobody_signed_what_has_no_signature() -> None:
    assert carry("", "google", "anthropic") == ""
    assert read_carried("", "anthropic") == ("", "")
    assert read_carried("tg~odd", "anthropic") == ("tg~odd", "anthropic")
