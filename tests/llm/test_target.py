"""What a target does with the ask and with the answer."""

from typing import Any

import pytest

from tests.llm.scene import Scene, answers, streams


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
