"""The dialect as the lane meets it."""

from typing import cast

from trigate.llm.chat_dialect import ChatDialect
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.conversation import Conversation
from trigate.llm.dialects.bedrock_converse.dialect import DIALECT
from trigate.llm.dialects.bedrock_converse.passing import ConversePassing
from trigate.llm.dialects.bedrock_converse.stream_reader import ConverseReader
from trigate.llm.dialects.bedrock_converse.stream_writer import ConverseWriter
from trigate.llm.reply import Tally


def test_it_is_found_by_its_name():
    assert "bedrock_converse" in CHAT_DIALECTS
    assert find_chat_dialect("bedrock_converse") is DIALECT
    assert cast("ChatDialect", DIALECT).name == "bedrock_converse"


def test_each_stream_has_a_reader_of_its_own():
    conversation = Conversation(dialect="openai_chat", model="m", turns=[])
    assert isinstance(DIALECT.stream_reader(100), ConverseReader)
    assert isinstance(DIALECT.stream_writer(conversation), ConverseWriter)
    assert isinstance(DIALECT.passing(100, hides_usage=False), ConversePassing)
    assert DIALECT.stream_reader(100) is not DIALECT.stream_reader(100)


def test_the_usage_is_read_without_the_rest():
    assert DIALECT.read_tally(b'{"output":{},"usage":{"inputTokens":5}}') == Tally(input=5)
