"""The two ends of an exchange with guards in front of them, and what a verdict does."""

from collections.abc import Callable

from trigate.core.call import Call
from trigate.core.errors import ContentBlocked, GatewayError
from trigate.core.parts import Head, Part, Side
from trigate.core.passing import PassingIncoming, PassingSink
from trigate.core.stream import Incoming, Sink
from trigate.core.verdict import Block, Content, Flag, Rewrite, Verdict
from trigate.policy.guardrail import Guardrail


class Guards:
    """The guards of one call."""

    __slots__ = ("_call", "_guards")

    def __init__(self, guards: tuple[Guardrail, ...], call: Call) -> None:
        self._guards, self._call = guards, call

    async def check(self, content: object, side: Side) -> None:
        """Apply every guard's verdict, in order; raises ContentBlocked.

        What knows its side is judged as said by that, wherever in a two-way exchange it stands.
        """
        if not isinstance(content, Content):
            return
        side = getattr(content, "side", side)
        for guard in self._guards:
            match await self._verdict(guard, content, side):
                case Block(reason):
                    raise ContentBlocked(reason)
                case Rewrite(texts):
                    content.replace_texts(texts)
                case Flag(label):
                    self._call.flags.append(label)
                case _:
                    pass

    async def _verdict(self, guard: Guardrail, content: Content, side: Side) -> Verdict:
        try:
            return await guard.check(content, side, self._call)
        except GatewayError:
            raise
        except Exception as error:  # a guard that fails is not a guard that passes
            raise ContentBlocked("a guardrail could not judge this, so it is refused") from error


class GuardedIncoming(PassingIncoming):
    """The caller's further parts, each guarded before the lane sees it."""

    __slots__ = ("_guards",)

    def __init__(self, guards: Guards, inner: Incoming) -> None:
        super().__init__(inner)
        self._guards = guards

    async def next(self) -> Part | None:
        """The next part, after its guards."""
        part = await self._inner.next()
        if part is not None:
            await self._guards.check(part, "ask")
        return part


class GuardedSink(PassingSink):
    """The way to the caller, each part guarded before it goes."""

    __slots__ = ("_guards",)

    def __init__(self, guards: Guards, inner: Sink) -> None:
        super().__init__(inner)
        self._guards = guards

    def begin(self, head: Head) -> None:
        """Hand the head on; there is no text in it to guard."""
        self._inner.begin(head)

    async def send(self, part: Part) -> None:
        """Guard `part` and hand it on."""
        if not isinstance(part, Head):
            await self._guards.check(part, "answer")
        await self._inner.send(part)

    def remark(self, part: Part) -> None:
        """Hand on at once a part that says nothing, such as a comment: there is nothing in it to guard."""
        way: Callable[[Part], None] | None = getattr(self._inner, "put", None) or getattr(self._inner, "remark", None)
        if way is not None:
            way(part)
