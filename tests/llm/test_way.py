"""The way to a target: without translation where there is one."""

from trigate.core.settings import Secret
from trigate.llm.operations.anthropic_messages import OPERATION as MESSAGES
from trigate.llm.operations.openai_chat import OPERATION as CHAT
from trigate.llm.operations.openai_embeddings import OPERATION as EMBEDDINGS
from trigate.llm.operations.openai_responses import OPERATION as RESPONSES
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.openai import OpenAI
from trigate.llm.way import find_way


def test_the_same_dialect_goes_before_the_best() -> None:
    way = find_way(RESPONSES, OpenAI(api_key=Secret("k")), "m")
    assert way is not None
    assert (way.direct, way.plain, way.dialect.name) == (True, b"/responses", "openai_responses")


def test_another_dialect_is_spoken_where_it_must() -> None:
    way = find_way(CHAT, Anthropic(), "m")
    assert way is not None
    assert (way.direct, way.streamed, way.dialect.name) == (False, b"/v1/messages", "anthropic_messages")
    other = find_way(MESSAGES, OpenAI(base_url="http://127.0.0.1/v1"), "m")
    assert other is not None
    assert (other.direct, other.dialect.name) == (False, "openai_chat")


def test_what_is_not_offered_has_no_way() -> None:
    assert find_way(EMBEDDINGS, Anthropic(), "m") is None
