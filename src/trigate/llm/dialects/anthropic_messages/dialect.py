"""Anthropic's Messages as a language for chats."""

from trigate.core.errors import GatewayError
from trigate.core.parts import Headers
from trigate.llm.chat_dialect import ChatDialect, Manners, Passing, Refused, StreamReader, StreamWriter
from trigate.llm.conversation import Conversation
from trigate.llm.dialects.anthropic_messages import ask_reader, ask_writer, failure, reply_reader, reply_writer, usage
from trigate.llm.dialects.anthropic_messages.home import JSON, NAME
from trigate.llm.dialects.anthropic_messages.passing import AnthropicPassing
from trigate.llm.dialects.anthropic_messages.stream_reader import AnthropicStreamReader
from trigate.llm.dialects.anthropic_messages.stream_writer import AnthropicStreamWriter
from trigate.llm.loss import Losses
from trigate.llm.reply import Reply, Tally


class AnthropicMessages:
    """`POST /v1/messages`."""

    name = NAME

    def read_ask(self, body: JSON, model: str, *, streamed: bool) -> Conversation:
        """Understand a caller's body; raises InvalidParameter."""
        return ask_reader.read_ask(body, model, streamed=streamed)

    def write_ask(self, conversation: Conversation, manners: Manners, losses: Losses) -> JSON:
        """The body for a provider."""
        return ask_writer.write_ask(conversation, manners, losses)

    def read_reply(self, body: bytes) -> Reply:
        """Understand a whole answer; raises UpstreamProtocolError."""
        return reply_reader.read_reply(body)

    def write_reply(self, reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
        """The whole answer for the caller who asked `conversation`."""
        return reply_writer.write_reply(reply, conversation, losses)

    def stream_reader(self, limit: int) -> StreamReader:
        """For one stream whose events have at most `limit` bytes."""
        return AnthropicStreamReader(limit)

    def stream_writer(self, conversation: Conversation) -> StreamWriter:
        """For one stream."""
        return AnthropicStreamWriter(conversation)

    def passing(self, limit: int, *, hides_usage: bool) -> Passing:
        """For one stream that goes through; its usage is never hidden."""
        return AnthropicPassing(limit)

    def read_tally(self, body: bytes) -> Tally | None:
        """The usage that a whole answer tells."""
        return usage.read_tally(body)

    def read_refused(self, status: int, body: bytes) -> Refused:
        """Understand an answer that is no success."""
        return failure.read_refused(status, body)

    def write_error(self, error: GatewayError) -> bytes:
        """The body that tells a caller of an error."""
        return failure.write_error(error)

    def error_fields(self, status: int) -> Headers:
        return []

    def write_failure(self, error: GatewayError) -> bytes:
        """The same as the last event of a stream."""
        return failure.write_failure(error)


DIALECT: ChatDialect = AnthropicMessages()
