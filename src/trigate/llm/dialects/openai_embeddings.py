"""OpenAI's embeddings."""

from trigate.llm.dialect import Ask
from trigate.llm.member import read_members

KNOWN = frozenset({"dimensions", "encoding_format", "input", "model", "user"})
"""Members of the API; another spelling of one is refused, any further member is passed on."""


class OpenAIEmbeddings:
    """`POST /v1/embeddings`."""

    action = "llm.embeddings"
    path = b"/v1/embeddings"

    def decode(self, body: bytes) -> Ask:
        """Understand an ask; the input is the upstream's to judge."""
        return Ask("embeddings", read_members(body, KNOWN), len(body))
