"""The words in which callers read what was lost."""

import pytest

from trigate.llm.word import word


@pytest.mark.parametrize(
    ("dialect", "member", "below", "path"),
    [
        ("anthropic_messages", "part", "cache", "messages.content.cache_control"),
        ("bedrock_converse", "part", "cache", "messages.content.cachePoint"),
        ("gemini_content", "top_k", "", "generationConfig.topK"),
        ("openai_chat", "parallel", "", "parallel_tool_calls"),
        ("anthropic_messages", "call", "signature", "messages.content.signature"),
        ("openai_chat", "seed", "", "seed"),
    ],
)
def test_a_member_is_called_as_its_dialect_calls_it(dialect: str, member: str, below: str, path: str):
    assert word(dialect, member, below) == path


def test_an_unknown_dialect_gets_our_own_names():
    assert word("klingon", "part", "cache") == "part.cache"
