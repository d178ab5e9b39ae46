"""A chat in Anthropic's words whose caller expects Bedrock's frames around a stream, and its errors."""

from trigate.llm.operation import Ask

FRAMES = b"application/vnd.amazon.eventstream"


class InvokeAsk(Ask):
    """Sent to InvokeModel's address."""

    __slots__ = ()

    @property
    def stream_type(self) -> bytes:
        """That of Bedrock."""
        return FRAMES
