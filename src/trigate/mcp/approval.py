"""Asking the person at the caller's end whether a call may be made."""

from trigate.core.call import Call
from trigate.core.errors import Forbidden
from trigate.core.stream import Sink
from trigate.mcp.ask import Ask
from trigate.mcp.asker import CallAsker, Desk
from trigate.mcp.question import form_question, is_accepted
from trigate.mcp.reply import Reply

LONGEST_SHOWN = 2000
"""Characters of arguments that a person is shown; what is longer is for operators."""
_KEY = "approval"


async def approved(desk: Desk, call: Call, ask: Ask, sink: Sink, question: str) -> bool | None:
    """Whether the person approves; None if nobody can be asked, or not about so much.

    Raises InputRequired where the answer comes with the same call, made again (mcp/question.py).
    """
    shown = bytes(ask.params.get("arguments", b"")).decode("utf-8", "replace")
    if len(shown) > LONGEST_SHOWN:
        return None
    asked = form_question(f"{question}\n{shown}" if shown else question)
    asker = CallAsker(desk, call, ask, Reply(sink))
    if ask.mute or not asker.can(asked):
        return None
    try:
        answers = await asker.ask({_KEY: asked})
    except Forbidden:
        return None  # rules deny to ask this caller anything: then operators decide
    return is_accepted(answers[_KEY])
