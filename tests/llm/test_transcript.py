"""Transcripts on the bus."""

from typing import Any

from trigate.llm.transcript import Transcript, decode, encode


def transcript(**members: Any) -> Transcript:
    """One of a chat."""
    usual: dict[str, Any] = {
        "id": "c1", "request": "r1", "time": 5, "key": "dev", "user": "", "team": "a", "organisation": "",
        "model": "fast", "target": "openai/gpt", "dialect": "openai_chat", "streamed": False, "status": 200,
        "outcome": "ok", "ask": b"{}", "ask_size": 2, "answer": b"{}", "answer_size": 2,
    }  # fmt: skip
    return Transcript(**usual | members)


def test_what_was_encoded_is_decoded():
    made = transcript(ask=b"\x00\xff", model="é")
    assert decode(encode(made)) == made
