"""Questions sent to callers of the older protocol, so that an answer finds them in whichever worker they wait."""

import base64
import os

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, BusStream, consult
from trigate.core.errors import VaultSealed
from trigate.core.shared import Derive
from trigate.core.signal import Signal
from trigate.mcp.envelope import encode
from trigate.mcp.fault import INVALID_REQUEST, Fault, InteractionLost
from trigate.mcp.message import Message

SERVICE = "mcp.answered"
_LONGEST_ID = 512
_decode = msgspec.msgpack.Decoder(tuple[bytes, str, bytes, bytes]).decode
_pack = msgspec.msgpack.Encoder().encode


class Awaited(Struct, eq=False):
    """One question that waits for its answer."""

    id: bytes
    """The JSON-RPC id it is asked under, as JSON text: it says where it waits, and nobody can make one up."""
    nonce: bytes
    session: str
    signal: Signal
    """Notified when the answer is there."""
    answer: Message | None = None


class Pending:
    """Those of this worker, and the way to those of the others."""

    __slots__ = ("_bus", "_key", "_live")

    def __init__(self, bus: Bus, derive: Derive) -> None:
        self._bus = bus
        self._key = derive("mcp questions")
        self._live: dict[bytes, Awaited] = {}
        bus.offer(SERVICE, self._serve)

    def __len__(self) -> int:
        return len(self._live)

    def begin(self, session: str, signal: Signal) -> Awaited:
        """A question is about to be asked in the session of this token."""
        from trigate.store.seal import seal  # noqa: PLC0415 - cryptography is only loaded once something is asked

        nonce = os.urandom(16)
        sealed = seal(self._key, _pack((self._bus.own, nonce)), "mcp question", session)
        awaited = Awaited(encode(base64.urlsafe_b64encode(sealed).decode()), nonce, session, signal)
        self._live[nonce] = awaited
        return awaited

    def end(self, awaited: Awaited) -> None:
        """Its answer has come, or is no longer wanted."""
        self._live.pop(awaited.nonce, None)

    async def take(self, session: str, answer: Message) -> None:
        """Hand on what a caller answered in its session; raises Fault if it was asked no such thing."""
        owner, nonce = self._open(session, bytes(answer.id))
        if nonce in self._live or owner in {"", self._bus.own}:  # this worker may be called otherwise by now
            self._deliver(nonce, session, bytes(answer.result), bytes(answer.error))
            return
        opening = _pack((nonce, session, bytes(answer.result), bytes(answer.error)))
        delivered = await consult(self._bus, SERVICE, opening, owner)
        if delivered is None:
            raise _lost()

    def drain(self) -> None:
        """Nothing to close: every question ends with its call."""

    def _open(self, session: str, id: bytes) -> tuple[str, bytes]:
        from trigate.store.seal import unseal  # noqa: PLC0415 - as above

        try:
            text = msgspec.json.decode(id, type=str) if len(id) <= _LONGEST_ID else ""
            sealed = base64.b64decode(text.encode(), b"-_", validate=True)
            return msgspec.msgpack.decode(unseal(self._key, sealed, "mcp question", session), type=tuple[str, bytes])
        except (ValueError, VaultSealed):
            raise Fault(
                INVALID_REQUEST, "a message without `method`: the gateway has asked nothing that this could answer"
            ) from None

    def _deliver(self, nonce: bytes, session: str, result: bytes, error: bytes) -> None:
        awaited = self._live.get(nonce)
        # Late or repeated: the call has ended or gone on, which is nothing its caller can mend.
        if awaited is not None and awaited.session == session and awaited.answer is None:
            awaited.answer = Message(result=msgspec.Raw(result), error=msgspec.Raw(error))
            awaited.signal.notify()

    async def _serve(self, stream: BusStream, opening: bytes) -> None:
        self._deliver(*_decode(opening))
        await stream.send(b"")


def _lost() -> InteractionLost:
    return InteractionLost("the call that this answers ended with the process that served it: make it anew")
