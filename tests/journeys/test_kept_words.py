"""What callers say of answers, and what is kept of asks and answers, in a gateway as its users run it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec

from tests.journeys.conftest import Gateway
from tests.journeys.test_model_faults import CHUNKED, DONE, EVENTS, _chunk, _event
from tests.outbound.chaos import Chaos, expect, send

CANARY = "canary-provider-key-0123456789"
TOKEN = "an-operators-token-0123456789"
STREAM = EVENTS + CHUNKED + _chunk(*map(_event, f"it is {CANARY}.")) + _chunk(_event("", "stop"), DONE) + b"0\r\n\r\n"


def lanes(url: str) -> str:
    provider = {"kind": "openai", "base_url": f"{url}/v1", "api_key": CANARY}
    prompt = {"versions": {1: {"system": "Say it.", "model": "fast"}}}
    sections: dict[str, Any] = {
        "llm": {
            "providers": {"p": provider},
            "models": {"fast": {"targets": "p/m"}},
            "prompts": {"say": prompt},
            "log": {"keep": "1h"},
        },
    }
    text = "".join(f"{name}: {json.dumps(section)}\n" for name, section in sections.items())
    return text.replace('"1": {"system"', '1: {"system"')


async def test_an_answer_is_kept_without_its_secrets_and_judged_by_its_caller(
    gateway: Callable[[str], Gateway],
) -> None:
    async with Chaos([expect(b"}"), send(STREAM)], repeat=True) as provider:
        running = gateway(lanes(provider.url))

        def admin(path: str) -> Any:
            key = (running.folder / "trigate-data" / "admin.token").read_text().strip()
            status, _, body = running.ask("GET", path, url=running.admin_url, key=key)
            return msgspec.json.decode(body) if status == 200 else None

        ask = {"model": "prompt/say", "messages": [{"role": "user", "content": f"my key {CANARY}"}], "stream": True}
        status, fields, said = await asyncio.to_thread(
            running.ask, "POST", "/v1/chat/completions", msgspec.json.encode(ask), content_type="application/json"
        )
        assert status == 200, said
        id = fields["x-request-id"]
        kept = await asyncio.to_thread(running.until, lambda: admin(f"/v1/logs/{id}"))
        assert kept["ask"]["messages"][-1]["content"] == "my key [struck]"
        assert kept["answer"]["parts"][0]["text"] == "it is [struck]."
        assert (kept["model"], kept["target"], kept["outcome"]) == ("fast", "p/m", "ok")

        word = {"id": id, "score": 0.5, "comment": "canary-comment"}
        body = msgspec.json.encode(word)
        answer = await asyncio.to_thread(running.ask, "POST", "/v1/feedback", body, content_type="application/json")
        assert answer[0] == 202
        (heard,) = await asyncio.to_thread(running.until, lambda: admin(f"/v1/feedback?request={id}"))
        assert (heard["score"], heard["comment"], heard["prompt"]) == (0.5, "canary-comment", "say@1")
    written = running.log.encode() + running.access_log_path.read_bytes()
    assert b"canary" not in written
    data = running.folder / "trigate-data"
    held = {path.name: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert [name for name, content in held.items() if CANARY.encode() in content] == []
