"""OpenAI's embeddings."""

from trigate.llm.extent import Extent, MediaBounds, text_extent
from trigate.llm.member import Members, read_members
from trigate.llm.operation import EVENTS, Address, Ask
from trigate.llm.output_bound import OutputBound, read_output_bound

KNOWN = frozenset({"dimensions", "encoding_format", "input", "model", "user"})
"""Members of the API; another spelling of one is refused, any further member is passed on."""


class OpenAIEmbeddings:
    """`POST /v1/embeddings`."""

    name = "openai_embeddings"
    dialect = "openai_chat"
    action = "llm.embeddings"
    path = b"/v1/embeddings"
    is_chat = False
    answers_at_length = False
    stream_type = EVENTS
    remark = b""

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; the input is the upstream's to judge."""
        return Ask(address or Address(self), read_members(body, KNOWN), body)

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """Of the texts, or of the tokens, which are written in more bytes than there are of them."""
        return text_extent(members)

    def output_bound(self, members: Members) -> OutputBound:
        """There is none: embeddings are no output."""
        return read_output_bound({})


OPERATION = OpenAIEmbeddings()
