"""Google's Gemini (generateContent, v1beta) as a language for chats."""

from typing import Any

from trigate.core.errors import GatewayError
from trigate.core.parts import Headers
from trigate.llm.chat_dialect import ChatDialect, Manners, Passing, Refused, StreamReader, StreamWriter
from trigate.llm.conversation import Conversation
from trigate.llm.dialects.gemini_content import failure
from trigate.llm.dialects.gemini_content.ask_reader import read_ask
from trigate.llm.dialects.gemini_content.ask_writer import write_ask
from trigate.llm.dialects.gemini_content.passing import GeminiPassing
from trigate.llm.dialects.gemini_content.reply_reader import read_reply
from trigate.llm.dialects.gemini_content.reply_writer import write_reply
from trigate.llm.dialects.gemini_content.stream_reader import GeminiReader
from trigate.llm.dialects.gemini_content.stream_writer import GeminiWriter
from trigate.llm.dialects.gemini_content.tally import decode_tally, with_searches
from trigate.llm.loss import Losses
from trigate.llm.reply import Reply, Tally


class GeminiContent:
    """The contract is told in `ChatDialect`."""

    name = "gemini_content"

    def read_ask(self, body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
        return read_ask(body, model, streamed=streamed)

    def write_ask(self, conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
        return write_ask(conversation, manners, losses)

    def read_reply(self, body: bytes) -> Reply:
        return read_reply(body)

    def write_reply(self, reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
        return write_reply(reply, conversation, losses)

    def stream_reader(self, limit: int) -> StreamReader:
        return GeminiReader(limit)

    def stream_writer(self, conversation: Conversation) -> StreamWriter:
        return GeminiWriter(conversation)

    def passing(self, limit: int, *, hides_usage: bool) -> Passing:
        return GeminiPassing(limit)

    def read_tally(self, body: bytes) -> Tally | None:
        return with_searches(decode_tally(body), body)

    def read_refused(self, status: int, body: bytes) -> Refused:
        return failure.read_refused(status, body)

    def write_error(self, error: GatewayError) -> bytes:
        return failure.write_error(error)

    def error_fields(self, status: int) -> Headers:
        return []

    def write_failure(self, error: GatewayError) -> bytes:
        return failure.write_failure(error)


DIALECT: ChatDialect = GeminiContent()
