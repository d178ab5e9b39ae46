"""OpenAI's Responses API, as callers and as providers speak it."""

from typing import Any

from trigate.core.errors import GatewayError
from trigate.core.parts import Headers
from trigate.llm.chat_dialect import ChatDialect, Manners, Refused
from trigate.llm.conversation import Conversation
from trigate.llm.dialects.openai_responses import ask_reader, ask_writer, failure, refused, reply_reader, reply_writer
from trigate.llm.dialects.openai_responses.content_reader import NAME
from trigate.llm.dialects.openai_responses.passing import ResponsesPassing
from trigate.llm.dialects.openai_responses.stream_reader import ResponsesReader
from trigate.llm.dialects.openai_responses.stream_writer import ResponsesWriter
from trigate.llm.loss import Losses
from trigate.llm.reply import Reply, Tally


class OpenAIResponses:
    """`POST /v1/responses`."""

    name = NAME

    def read_ask(self, body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
        return ask_reader.read_ask(body, model, streamed=streamed)

    def write_ask(self, conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
        return ask_writer.write_ask(conversation, manners, losses)

    def read_reply(self, body: bytes) -> Reply:
        return reply_reader.read_reply(body)

    def write_reply(self, reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
        return reply_writer.write_reply(reply, conversation, losses)

    def stream_reader(self, limit: int) -> ResponsesReader:
        return ResponsesReader(limit)

    def stream_writer(self, conversation: Conversation) -> ResponsesWriter:
        return ResponsesWriter(conversation)

    def passing(self, limit: int, *, hides_usage: bool) -> ResponsesPassing:
        return ResponsesPassing(limit)

    def read_tally(self, body: bytes) -> Tally | None:
        return reply_reader.read_tally(body)

    def read_refused(self, status: int, body: bytes) -> Refused:
        return refused.read_refused(status, body)

    def write_error(self, error: GatewayError) -> bytes:
        return failure.write_error(error)

    def error_fields(self, status: int) -> Headers:
        return []

    def write_failure(self, error: GatewayError) -> bytes:
        return failure.write_failure(error)


DIALECT: ChatDialect = OpenAIResponses()
