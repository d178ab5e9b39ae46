"""OpenAI's embeddings."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from trigate.llm.bridge import Crossing
from trigate.llm.embedding_bridge import embedding_crossings
from trigate.llm.task_operation import TaskOperation
from trigate.llm.tasks import openai_embeddings

KNOWN = frozenset({"dimensions", "encoding_format", "input", "model", "user"})
"""Members of the API; another spelling of one is refused, any further member is passed on."""


class OpenAIEmbeddings(TaskOperation, kw_only=True):
    """`POST /v1/embeddings`."""

    name: str = "openai_embeddings"
    action: str = "llm.embeddings"
    path: bytes = b"/v1/embeddings"
    known: AbstractSet[str] = KNOWN

    def crossings(self) -> Iterable[Crossing]:
        """To every other language for embeddings."""
        return embedding_crossings(openai_embeddings.DIALECT)


OPERATION = OpenAIEmbeddings()
