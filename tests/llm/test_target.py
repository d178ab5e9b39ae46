"""A provider made ready."""

from typing import Any

import pytest

from tests.llm.scene import KEY, FakeClient, Scene, answers, streams
from trigate.core.deadlines import Deadlines
from trigate.core.settings import Secret
from trigate.llm.providers.openai import OpenAI
from trigate.llm.target import Bounds, Site, Target


def test_a_site_has_everything_that_never_changes():
    client: Any = FakeClient([])
    provider = OpenAI(api_key=Secret(KEY), project="project-1")
    site = Site("openai", provider, client, Deadlines())
    assert site.endpoint.url == "https://api.openai.com/v1"
    assert site.endpoint.options["timeouts"] is provider.timeouts  # type: ignore[attr-defined]
    assert f"authorization: Bearer {KEY}\r\n".encode() in site.fields.lines
    assert set(site.secrets) == {KEY.encode(), b"project-1"}
    target = Target(site, "a/b", None, Bounds(1, 1, 15.0), last=True)
    assert target.name == "openai/a/b"


def test_what_the_credential_hides_at_the_moment_is_hidden_too():
    client: Any = FakeClient([])
    site = Site("openai", OpenAI(project="project-1"), client, Deadlines())
    site.endpoint.secrets = lambda: (b"token-2",)
    assert site.secrets == (b"project-1", b"token-2")


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
@pytest.mark.parametrize("reply", [answers, streams])
async def test_a_compressed_answer_cannot_be_governed_and_is_refused(coding: bytes, reply: Any):
    made = reply(b"\x1f\x8b")
    made.head.headers = [*made.head.headers, (b"content-encoding", coding)]
    scene = await Scene(made).ask({"model": "fast", "stream": reply is streams})
    assert scene.status == 502
    assert scene.error["code"] == "upstream.protocol"


async def test_identity_is_no_compression():
    made = answers({"usage": {"prompt_tokens": 1}})
    made.head.headers = [*made.head.headers, (b"content-encoding", b"identity")]
    assert (await Scene(made).ask({"model": "fast"})).status == 200
