"""OpenAI's embeddings."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from trigate.llm.bridge import Crossing
from trigate.llm.task_dialect import crossings_of
from trigate.llm.task_operation import TaskOperation
from trigate.llm.tasks import cohere_embed, gemini_embed, openai_embeddings

KNOWN = frozenset({"dimensions", "encoding_format", "input", "model", "user"})
"""Members of the API; another spelling of one is refused, any further member is passed on."""


class OpenAIEmbeddings(TaskOperation, kw_only=True):
    """`POST /v1/embeddings`."""

    name: str = "openai_embeddings"
    action: str = "llm.embeddings"
    path: bytes = b"/v1/embeddings"
    known: AbstractSet[str] = KNOWN

    def crossings(self) -> Iterable[Crossing]:
        """To Cohere's and Google's."""
        return crossings_of(openai_embeddings.DIALECT, (cohere_embed.DIALECT, gemini_embed.DIALECT))


OPERATION = OpenAIEmbeddings()
