"""Bedrock's hosts and paths."""

import pytest

from trigate.core.settings import Secret
from trigate.llm.providers.bedrock import Bedrock

MODEL = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"


def test_the_region_decides_on_the_host_and_the_model_on_the_path() -> None:
    provider = Bedrock(region="eu-central-1", api_key=Secret("bedrock-key"))
    assert provider.origin() == "https://bedrock-runtime.eu-central-1.amazonaws.com"
    path = b"/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
    assert provider.path("bedrock_converse", MODEL, streamed=False) == path
    assert provider.path("bedrock_converse", MODEL, streamed=True) == path + b"-stream"
    assert provider.path("openai_chat", MODEL, streamed=True) is None
    assert provider.credentials() == [(b"authorization", b"Bearer bedrock-key")]
    assert provider.dialects() == ("bedrock_converse",)


def test_an_address_of_its_own_goes_before_that_of_the_region() -> None:
    assert Bedrock(region="us-east-1", base_url="http://127.0.0.1:1/").origin() == "http://127.0.0.1:1"


@pytest.mark.parametrize("region", ["", "eu", "evil.example/", "eu-central-1.x"])
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="region"):
        Bedrock(region=region)
