"""What is known of a model beside its price: how much it takes in and gives out, in which forms, and what it can do."""

from msgspec import Struct

CAPABILITIES = {
    "tools": "calls tools",
    "structured_output": "answers by a JSON schema",
    "reasoning": "thinks before it answers",
    "sampling": "takes `temperature`",
    "prompt_cache": "reads a repeated beginning from a cache, at a price of its own",
    "vision": "reads images",
    "audio_input": "hears audio",
    "video_input": "watches video",
    "file_input": "reads PDF files",
    "image_output": "draws images",
    "audio_output": "speaks",
    "video_output": "makes video",
}
"""Every capability by its name, and what a model that has it does."""


class ModelFacts(Struct, frozen=True, kw_only=True):
    """One model at one provider; what is not known is 0, empty, or in neither of two sets."""

    context: int = 0
    """Tokens of input and output together."""
    most_input: int = 0
    """Tokens of input, where the provider bounds them by themselves."""
    most_output: int = 0
    """Tokens of output."""
    input: frozenset[str] = frozenset()
    """Of `text`, `image`, `audio`, `video` and `pdf`."""
    output: frozenset[str] = frozenset()
    """The same of its answers."""
    capabilities: frozenset[str] = frozenset()
    """Those of CAPABILITIES that it is known to have."""
    lacks: frozenset[str] = frozenset()
    """Those that it is known not to have."""
    released: str = ""
    """Day or month, such as `2026-02-05`."""
    status: str = ""
    """`alpha`, `beta` or `deprecated`; empty for a model in regular service."""

    def can(self, capability: str) -> bool | None:
        """Whether it has a capability; None if nobody told."""
        if capability in self.capabilities:
            return True
        return False if capability in self.lacks else None

    def takes(self, tokens: int) -> bool:
        """Whether so many tokens of input fit, as far as is known."""
        bound = self.most_input or self.context
        return not bound or tokens <= bound


UNKNOWN = ModelFacts()
"""Of a model that nothing is known of."""
