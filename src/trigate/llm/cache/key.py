"""The key of an answer: everything that influences it, so that nobody ever gets the answer to another question.

The digest is keyed with a secret of the installation: whoever reads a shelf cannot find out by trying what was asked.
"""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from trigate.core.shared import Derive
from trigate.llm.header import COMMON
from trigate.llm.member import Members
from trigate.llm.operation import Ask

PURPOSE = "answers kept by the llm lane, form 1"
"""Another form of keys or entries needs another number: what was kept before is not found any more then."""
LEFT_OUT: dict[str, frozenset[str]] = {
    "openai_chat": frozenset({
        "metadata", "model", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "store", "stream",
        "user",
    }),
    "openai_completions": frozenset({"model", "stream", "user"}),
    "openai_embeddings": frozenset({"model", "user"}),
    "openai_responses": frozenset({"model", "store", "stream"}),
    "anthropic_messages": frozenset({"metadata", "model", "stream"}),
    "gemini_content": frozenset({"labels", "model"}),
    "bedrock_converse": frozenset({"requestMetadata"}),
    "cohere_chat": frozenset({"model", "stream"}),
}  # fmt: skip
"""Members that say nothing to the model and come back in no answer, by operation; `model` and `stream` stand in the key
as the gateway has understood them. OpenAI's Responses give `metadata` and `user` back."""
MODEL_AND_STREAM = frozenset({"model", "stream"})
"""What is left out of any other ask."""

Part = bytes | str


class Keys:
    """Makes keys; a living secret, no state."""

    __slots__ = ("_secret",)

    def __init__(self, derive: Derive) -> None:
        self._secret = derive(PURPOSE)

    def digest(self, parts: Iterable[Part], size: int = 24) -> str:
        """Hexadecimal, of parts that are never taken for one another; `size` in bytes."""
        made = blake2b(key=self._secret, digest_size=size)
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            made.update(b"%d:" % len(raw))
            made.update(raw)
        return made.hexdigest()

    def key(self, namespaces: tuple[str, str], parts: Iterable[Part]) -> str:
        """A key on the shelf; keys of one namespace of the settings begin alike."""
        return f"{self.beginning(namespaces[0])}{self.digest([*namespaces, *parts])}"

    def beginning(self, namespace: str) -> str:
        """Of all keys in a namespace of the settings."""
        return f"{self.digest([namespace], 8)}-"


def asked(ask: Ask, members: Members | None = None) -> list[Part]:
    """What of an ask influences its answer: how it came, the caller's fields that go upstream, and the members, or
    others in their place."""
    own = b"\r\n".join(_telling(ask.address.carried))
    flags = f"{ask.streamed:d}{ask.listed:d}{ask.hides_usage:d}"
    operation = ask.operation
    told = members_of(operation.name, ask.members if members is None else members)
    return [operation.action, operation.name, ask.model, flags, own, *told]


def _telling(lines: bytes) -> list[bytes]:
    """The field lines without those that go to every provider, whatever is asked: they are for tracing."""
    return [line for line in lines.split(b"\r\n") if line.partition(b":")[0] not in COMMON]


def members_of(operation: str, members: Members) -> list[Part]:
    """Names and values in the order of names; white space between values counts for nothing, their own order does."""
    left_out = LEFT_OUT.get(operation, MODEL_AND_STREAM)
    found: list[Part] = []
    for name in sorted(members):
        if name not in left_out:
            found += (name, msgspec.json.format(bytes(members[name]), indent=-1))
    return found
