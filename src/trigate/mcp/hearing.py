"""What a server of the older protocol asks in one call, while the call is open."""

from trigate.core.call import Call
from trigate.core.errors import ContentBlocked, Forbidden
from trigate.mcp.ask import Ask
from trigate.mcp.asker import CallAsker
from trigate.mcp.envelope import error_message, error_reply, result_message
from trigate.mcp.fault import INVALID_REQUEST, METHOD_NOT_FOUND, InteractionLost, MissingCapability, QuestionFailed
from trigate.mcp.message import Message
from trigate.mcp.park import Holder
from trigate.mcp.parks import Waiting
from trigate.mcp.profile import ASKS, TASKS
from trigate.mcp.question import Question
from trigate.mcp.seats import OWN, Key
from trigate.mcp.session import owner_of
from trigate.mcp.state import Parked, Retry
from trigate.mcp.transport import Leg
from trigate.mcp.upstream import Upstream

_CANCEL = b'{"action":"cancel"}'


def seat_of(upstream: Upstream, ask: Ask, call: Call) -> Key:
    """In whose session with the server a call is made, and what can be asked in it."""
    settings = upstream.settings
    owner = ""
    if not settings.url:
        return (ask.profile & ASKS, "") if ask.profile & ASKS else OWN
    if settings.sessions == "caller" and ask.session is not None:
        owner = ask.session.token
    elif settings.sessions != "shared":
        owner = owner_of(call.principal)
    profile = ask.profile & ~TASKS
    return (profile, owner) if owner or profile else OWN


async def answer_question(asker: CallAsker, leg: Leg, message: Message) -> None:
    """Ask a caller of the older protocol what a server asks, and tell the server what came of it."""
    question, id = Question(message.method, message.params), bytes(message.id)
    if not asker.can(question):
        leg.answer(error_message(id, METHOD_NOT_FOUND, f"{message.method}: the caller cannot be asked this"))
        return
    try:
        answer = await asker.inquire(question)
    except QuestionFailed as error:
        if message.method == "elicitation/create":
            leg.answer(result_message(id, _CANCEL))
        else:
            leg.answer(error_message(id, INVALID_REQUEST, error.message))
        return
    except (ContentBlocked, Forbidden, MissingCapability) as error:
        leg.answer(error_message(id, INVALID_REQUEST, error.message))
        return
    if len(answer.error):
        leg.answer(error_reply(id, bytes(answer.error)))
    else:
        leg.answer(result_message(id, bytes(answer.result)))


class Parking:
    """The way back to a caller of 2026-07-28, who answers with another request."""

    __slots__ = ("_asker", "_call", "_leg", "_upstream", "_waiting", "token")

    def __init__(self, upstream: Upstream, asker: CallAsker, call: Call, leg: Leg | None = None) -> None:
        """`leg` is handed over when the call is parked."""
        self._leg = leg
        self._upstream = upstream
        self._asker = asker
        self._call = call
        self._waiting: Waiting | None = None
        self.token = ""
        """The progress token in the server's request."""

    def begin(self, message: Message, ask: Ask, token: str) -> None:
        """Park the call, whose server has just asked something; raises Overloaded."""
        leg = self._leg
        if leg is None:
            return
        holder = Holder(owner_of(self._call.principal), self._upstream.name, ask.profile, token,
                        self._upstream.settings.timeouts.call)  # fmt: skip
        parks = self._upstream.desk.parks
        park, self._waiting = parks.admit(holder, leg, self._call.exchange.signal)
        self.token = token
        park.take(message)

    async def resume(self, retry: Retry, place: Parked) -> None:
        """Find the call again; raises InteractionLost."""
        answers = {key: bytes(each) for key, each in retry.responses.items()}
        parks, owner = self._upstream.desk.parks, owner_of(self._call.principal)
        self._waiting = await parks.resume(place, owner, answers, self._call.exchange.signal)
        self.token = self._waiting.token

    async def next(self) -> Message:
        """The next notification, or the response.

        Raises InputRequired when the server asks, and what became of the call otherwise.
        """
        waiting = self._waiting
        if waiting is None:
            raise InteractionLost("the call has been let go")
        while True:
            found = await waiting.next()
            self.token = waiting.token
            if isinstance(found, Message):
                return found
            try:
                raise await self._asker.suspend(found, waiting.place)
            except (ContentBlocked, Forbidden, QuestionFailed) as error:
                await waiting.refuse(error.message)

    def close(self) -> bool:
        """No longer wait; whether there was anything to wait for."""
        if self._waiting is None:
            return False
        self._waiting.close()
        return True
