"""Features under trial go where they mean something, and are told as lost where nothing stands for them."""

import pytest

from tests.llm.scene import JSON, Scene, answers
from tests.llm.test_pairs import PATHS, ask, case, settings
from trigate.llm.beta import drop_betas, read_betas, write_betas
from trigate.llm.conversation import Conversation
from trigate.llm.loss import Losses

NEW = "something-new-2027-01-01"
CONTEXT = "context-1m-2025-08-07"
BETAS = f"claude-code-20250219, {CONTEXT},{NEW}"


def asked(*betas: str, dialect: str = "anthropic_messages") -> Conversation:
    return Conversation(dialect=dialect, model="m", turns=[], betas=list(betas))


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (b"content-type: application/json\r\nanthropic-beta: a, b,,c\r\n", ["a", "b", "c"]),
        (b"openai-beta: assistants=v2\r\n", ["assistants=v2"]),
        (b"x-anthropic-beta: a\r\n", []),
        (b"", []),
    ],
)
def test_names_are_read_from_a_header_field(lines: bytes, names: list[str]):
    assert read_betas(lines) == names


def test_the_names_of_claudes_callers_on_bedrock_go_in_a_header_field():
    assert write_betas(asked("a", "b", "ü\r\nx", dialect="bedrock_converse")) == b"anthropic-beta: a,b\r\n"
    assert write_betas(asked("a", dialect="openai_chat")) == b""
    assert write_betas(asked(dialect="bedrock_converse")) == b""


def test_what_is_lost_is_told_unless_the_body_tells_it_or_there_is_nothing_to_lose():
    losses = Losses()
    assert drop_betas(asked("files-api-2025-04-14", "claude-code-20250219", NEW, CONTEXT), losses) == []
    assert [(each.field, each.fate) for each in losses.found()] == [(f"anthropic-beta.{NEW}", "dropped")]


def test_what_is_known_is_carried():
    losses = Losses()
    assert drop_betas(asked(NEW, "b"), losses, frozenset({NEW})) == [NEW]
    assert [each.field for each in losses.found()] == ["anthropic-beta.b"]


@pytest.mark.parametrize("spoken", PATHS)
async def test_a_callers_header_field_is_carried_or_told(spoken: str):
    scene = Scene(answers(case("replies", spoken).read_bytes()), llm=settings(spoken))
    headers = [*JSON, (b"anthropic-beta", BETAS.encode())]
    await scene.ask(ask("anthropic_messages", streamed=False), PATHS["anthropic_messages"][0], headers=headers)
    assert scene.status == 200
    sent = scene.client.sent[-1][2].get(b"anthropic-beta")
    flags = scene.record.get("flags", [])
    if spoken == "anthropic_messages":
        assert sent == BETAS.encode()
        assert flags == []
    else:
        assert sent is None
        assert f"llm.dropped:anthropic-beta.{NEW}" in flags
        assert not [each for each in flags if CONTEXT in each or "claude-code" in each]


async def test_a_field_of_the_body_becomes_a_header_field():
    messages = [{"role": "user", "content": [{"text": "Hi"}]}]
    body = {"messages": messages, "additionalModelRequestFields": {"anthropic_beta": ["a"]}}
    scene = Scene(answers(case("replies", "anthropic_messages").read_bytes()), llm=settings("anthropic_messages"))
    await scene.ask(body, PATHS["bedrock_converse"][0])
    assert scene.client.sent[-1][2][b"anthropic-beta"] == b"a"
    assert not [each for each in scene.record.get("flags", []) if "beta" in each]


async def test_a_conversation_with_thoughts_of_another_maker_keeps_its_features():
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "tg~google~abc"}
    body = {
        "model": "asked-model", "max_tokens": 9,
        "messages": [
            {"role": "user", "content": "Hi"}, {"role": "assistant", "content": [thought]},
            {"role": "user", "content": "Go on"},
        ],
    }  # fmt: skip
    scene = Scene(answers(case("replies", "anthropic_messages").read_bytes()), llm=settings("anthropic_messages"))
    await scene.ask(body, b"/v1/messages", headers=[*JSON, (b"anthropic-beta", b"a")])
    assert scene.client.sent[-1][2][b"anthropic-beta"] == b"a"
