"""OpenAI's chat completions as a language for chats."""

from typing import Any

from trigate.core.errors import GatewayError
from trigate.core.parts import Headers
from trigate.llm.chat_dialect import ChatDialect, Manners, Passing, Refused, StreamReader, StreamWriter
from trigate.llm.conversation import Conversation
from trigate.llm.dialects.openai_chat import ask_reader, ask_writer, reply_reader, reply_writer, tally
from trigate.llm.dialects.openai_chat.passing import ChatPassing
from trigate.llm.dialects.openai_chat.stream_reader import ChatStreamReader
from trigate.llm.dialects.openai_chat.stream_writer import ChatStreamWriter
from trigate.llm.dialects.openai_chat.word import NAME
from trigate.llm.envelope import CODES, envelope, event
from trigate.llm.loss import Losses
from trigate.llm.provider_error import read_refused
from trigate.llm.reply import Reply, Tally


class OpenAIChat:
    """What callers send to `/v1/chat/completions`, and what providers of that address answer."""

    name = NAME

    def read_ask(self, body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
        return ask_reader.read_ask(body, model, streamed=streamed)

    def write_ask(self, conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
        return ask_writer.write_ask(conversation, manners, losses)

    def read_reply(self, body: bytes) -> Reply:
        return reply_reader.read_reply(body)

    def write_reply(self, reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
        return reply_writer.write_reply(reply, conversation, losses)

    def stream_reader(self, limit: int) -> StreamReader:
        return ChatStreamReader(limit)

    def stream_writer(self, conversation: Conversation) -> StreamWriter:
        return ChatStreamWriter(conversation)

    def passing(self, limit: int, *, hides_usage: bool) -> Passing:
        return ChatPassing(hides_usage=hides_usage, limit=limit)

    def read_tally(self, body: bytes) -> Tally | None:
        return tally.read_tally(body)

    def read_refused(self, status: int, body: bytes) -> Refused:
        return read_refused(status, body)

    def write_error(self, error: GatewayError) -> bytes:
        param: str | None = getattr(error, "param", None)
        return envelope(error.message, error.status, CODES.get(error.code, error.code), param)

    def error_fields(self, status: int) -> Headers:
        return []

    def write_failure(self, error: GatewayError) -> bytes:
        return event(self.write_error(error))


DIALECT: ChatDialect = OpenAIChat()
