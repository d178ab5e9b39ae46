"""A check on what is asked and answered, whatever the protocol."""

from trigate.core.call import Call
from trigate.core.parts import Side
from trigate.core.settings import Kind
from trigate.core.verdict import Content, Verdict


class Guardrail(Kind):
    """Reads the texts of an ask or of a part of an answer and gives a verdict; one that fails counts as a block."""

    async def check(self, content: Content, side: Side, call: Call) -> Verdict:
        """Judge `content`; the side tells who said it, wherever it stands in a two-way exchange."""
        raise NotImplementedError
