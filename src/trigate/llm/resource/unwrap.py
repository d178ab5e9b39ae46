"""Identifiers of ours among the texts of an ask, given back as the provider knows them."""

from collections.abc import Callable

from trigate.llm.resource.handle import HandleUnknown
from trigate.llm.resource.premises import Premises

KINDS = {"file": "file", "resp": "response", "batch": "batch", "msgbatch": "batch", "conv": "conversation"}
"""What identifiers begin with, and the kind of what they are for."""


def kind_of(text: str) -> str:
    """The kind of what an identifier is for, by how it begins."""
    return KINDS.get(text.partition("tg_")[0].rstrip("-_"), "file")


def resolver(premises: Premises, owner: str, provider: str) -> Callable[[str], str]:
    """Finds what `provider` calls something of `owner`; the function raises HandleUnknown, also for what lies with
    another provider."""

    def resolve(text: str) -> str:
        kind = kind_of(text)
        origin = premises.handles.open(kind, owner, text)
        if origin.provider != provider:
            raise HandleUnknown(f"{text[:24]}… is kept by provider {origin.provider!r}, which does not answer this ask")
        return origin.id

    return resolve
