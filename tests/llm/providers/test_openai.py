"""The provider's settings: what is sent, and what is refused."""

from typing import Any

import pytest

from trigate.core import kinds
from trigate.core.settings import Secret
from trigate.llm.provider import PATIENT, Provider
from trigate.llm.providers.openai import OpenAI
from trigate.outbound.credentials.header import Header
from trigate.outbound.credentials.mtls import Mtls


def test_it_is_found_by_its_name():
    assert kinds.find(Provider, "openai") is OpenAI


def test_the_defaults_are_openais_own():
    provider = OpenAI(api_key=Secret("sk-1"))
    assert provider.origin() == "https://api.openai.com/v1"
    assert provider.path("openai_chat", "m", streamed=False) == b"/chat/completions"
    assert provider.credentials() == [(b"authorization", b"Bearer sk-1")]
    assert provider.counts_streams()
    assert provider.patience() is PATIENT


def test_everything_configured_is_sent():
    provider = OpenAI(
        base_url="http://127.0.0.1:8000/v1/",
        headers={"Api-Key": Secret("k"), "HTTP-Referer": Secret("https://example.test")},
        organization="org",
        project="proj",
    )
    assert provider.origin() == "http://127.0.0.1:8000/v1"
    assert dict(provider.credentials()) == {
        b"api-key": b"k",
        b"http-referer": b"https://example.test",
        b"openai-organization": b"org",
        b"openai-project": b"proj",
    }


def test_a_certificate_goes_well_with_further_fields():
    provider = OpenAI(credential=Mtls(certificate_file="a.pem"), headers={"api-key": Secret("k")})
    assert provider.credentials() == [(b"api-key", b"k")]


def test_secrets_do_not_show():
    assert "sk-1" not in repr(OpenAI(api_key=Secret("sk-1"), headers={"x": Secret("sk-1")}))


@pytest.mark.parametrize(
    "fields",
    [
        {"base_url": "api.openai.com"},
        {"base_url": "ftp://x"},
        {"base_url": "http://user:pass@x"},
        {"base_url": "http://x/?key=1"},
        {"api_key": Secret("")},
        {"api_key": Secret("a\r\nb")},
        {"api_key": Secret(" a")},
        {"organization": "ü"},
        {"headers": {"a b": Secret("x")}},
        {"headers": {"Host": Secret("x")}},
        {"headers": {"Content-Length": Secret("1")}},
        {"headers": {"x": Secret("a\nb")}},
        {"headers": {"Authorization": Secret("x")}, "api_key": Secret("y")},
        {"credential": Header(value=Secret("x")), "api_key": Secret("y")},
        {"credential": Header(value=Secret("x"), name="Api-Key"), "headers": {"API-KEY": Secret("y")}},
    ],
)
def test_what_cannot_travel_is_refused_and_never_quoted(fields: dict[str, Any]):
    with pytest.raises(ValueError, match=r".") as refused:
        OpenAI(**fields)
    assert "pass@" not in str(refused.value)


def test_rankings_have_the_servers_own_form():
    assert OpenAI().path("jina_rerank", "m", streamed=False) is None
    assert OpenAI(base_url="http://127.0.0.1/v1").path("jina_rerank", "m", streamed=False) == b"/rerank"
    voyage = OpenAI(base_url="https://api.voyageai.com/v1")
    assert voyage.path("voyage_rerank", "m", streamed=False) == b"/rerank"
    assert voyage.path("jina_rerank", "m", streamed=False) is None
    own = OpenAI(base_url="http://127.0.0.1/v1", rankings="cohere")
    assert own.path("cohere_rerank", "m", streamed=False) == b"/rerank"
