"""The dialect as the lane meets it."""

from typing import cast

from trigate.llm.chat_dialect import ChatDialect
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.conversation import Conversation
from trigate.llm.dialects.gemini_content.dialect import DIALECT
from trigate.llm.dialects.gemini_content.passing import GeminiPassing
from trigate.llm.dialects.gemini_content.stream_reader import GeminiReader
from trigate.llm.dialects.gemini_content.stream_writer import GeminiWriter
from trigate.llm.reply import Tally


def test_it_is_found_by_its_name():
    assert "gemini_content" in CHAT_DIALECTS
    assert find_chat_dialect("gemini_content") is DIALECT
    assert cast("ChatDialect", DIALECT).name == "gemini_content"


def test_each_stream_has_a_reader_of_its_own():
    conversation = Conversation(dialect="openai_chat", model="m", turns=[])
    assert isinstance(DIALECT.stream_reader(100), GeminiReader)
    assert isinstance(DIALECT.stream_writer(conversation), GeminiWriter)
    assert isinstance(DIALECT.passing(100, hides_usage=False), GeminiPassing)
    assert DIALECT.stream_reader(100) is not DIALECT.stream_reader(100)


def test_the_usage_is_read_without_the_rest():
    assert DIALECT.read_tally(b'{"candidates":[],"usageMetadata":{"promptTokenCount":5}}') == Tally(input=5)
