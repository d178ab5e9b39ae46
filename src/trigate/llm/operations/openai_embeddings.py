"""OpenAI's embeddings."""

from trigate.llm.extent import Extent, MediaBounds, text_extent
from trigate.llm.member import Members, read_members
from trigate.llm.operation import Ask

KNOWN = frozenset({"dimensions", "encoding_format", "input", "model", "user"})
"""Members of the API; another spelling of one is refused, any further member is passed on."""


class OpenAIEmbeddings:
    """`POST /v1/embeddings`."""

    action = "llm.embeddings"
    path = b"/v1/embeddings"
    upstream = "embeddings"
    answers_at_length = False

    def decode(self, body: bytes) -> Ask:
        """Understand an ask; the input is the upstream's to judge."""
        return Ask(self, read_members(body, KNOWN))

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """Of the texts, or of the tokens, which are written in more bytes than there are of them."""
        return text_extent(members)
