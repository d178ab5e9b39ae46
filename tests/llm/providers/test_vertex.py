"""Vertex AI's hosts and paths."""

import pytest

from trigate.llm.providers.vertex import Vertex


@pytest.mark.parametrize(
    ("location", "origin"),
    [
        ("global", "https://aiplatform.googleapis.com/v1"),
        ("europe-west4", "https://europe-west4-aiplatform.googleapis.com/v1"),
    ],
)
def test_the_region_decides_on_the_host(location: str, origin: str) -> None:
    provider = Vertex(project="p-1", location=location)
    assert provider.origin() == origin
    place = f"/projects/p-1/locations/{location}/publishers/google/models/gemini-3".encode()
    assert provider.path("gemini_content", "gemini-3", streamed=False) == place + b":generateContent"
    assert provider.path("gemini_content", "gemini-3", streamed=True) == place + b":streamGenerateContent?alt=sse"
    assert provider.path("openai_embeddings", "gemini-3", streamed=False) is None
    assert provider.dialects() == ("gemini_content",)


@pytest.mark.parametrize(("project", "location"), [("a/b", "global"), ("p", "../x"), ("", "global")])
def test_what_is_no_identifier_is_refused(project: str, location: str) -> None:
    with pytest.raises(ValueError, match="identifiers"):
        Vertex(project=project, location=location)
