"""What a caller of 2026-07-28 carries for the gateway between the rounds of one call: sealed, and bound to the call."""

import base64
from hashlib import blake2b

import msgspec
from msgspec import Raw, Struct, field

from trigate.core.clock import clock
from trigate.core.errors import VaultSealed
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.shared import Derive
from trigate.mcp.ask import Ask
from trigate.mcp.envelope import Members, read_text, read_value
from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.session import owner_of
from trigate.policy.consent.petition import Consent

_LONGEST = 64 * 1024
"""Most characters of a state, either way."""
_sorted = msgspec.json.Encoder(order="sorted").encode
_pack = msgspec.msgpack.Encoder().encode


class Parked(Struct, array_like=True, frozen=True):
    """Where a call waits whose server wants the answers within it."""

    owner: str
    """The process that holds it."""
    id: str
    round: int


class State(Struct, array_like=True):
    """What must be known to go on."""

    until: int = 0
    """Seconds since the epoch at which the gateway no longer waits for the answers."""
    own: list[str] = field(default_factory=list[str])
    """Keys of the questions that the gateway itself asked last."""
    kept: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """Answers to earlier questions of the gateway itself."""
    carried: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """Answers to a server's questions that it has not been given yet."""
    upstream: bytes = b""
    """The server's own state as JSON text, empty if it gave none."""
    parked: Parked | None = None
    consent: Consent | None = None
    """What the call was approved by, or is to be."""


class Retry(Struct):
    """What a caller sent along with a call that it sends again."""

    state: State
    responses: Members


class Binding(Struct, frozen=True):
    """The call that a state belongs to: sent with another one it opens nothing."""

    principal: Principal
    endpoint: str
    method: str
    params: Members
    """Without `_meta`, answers and state."""

    def place(self) -> tuple[str, ...]:
        """The same for the same call, however its JSON is written."""
        params = {key: read_value(value) for key, value in self.params.items()}
        digest = blake2b(_sorted(params), digest_size=16).hexdigest()
        return "mcp state", owner_of(self.principal), self.endpoint, self.method, digest


class States:
    """Seals and opens: any worker opens what another one sealed."""

    __slots__ = ("_key", "_seconds")

    def __init__(self, derive: Derive, seconds: float) -> None:
        """A state can be opened for `seconds`."""
        self._key = derive("mcp states")
        self._seconds = seconds

    def seal(self, state: State, binding: Binding) -> str:
        """The text for the caller; raises Fault if there is too much in it."""
        from trigate.store.seal import seal  # noqa: PLC0415 - cryptography is only loaded once something is asked

        state.until = int(clock.wall_ns() / 1e9 + self._seconds)
        text = base64.urlsafe_b64encode(seal(self._key, _pack(state), *binding.place())).decode()
        if len(text) > _LONGEST:
            raise Fault(INVALID_PARAMS, "what has been asked and answered in this call has become too much to carry")
        return text

    def take_retry(self, exchange: Exchange, ask: Ask) -> None:
        """Take out of a call what its caller sent along because it was asked something; raises Fault."""
        state, responses = ask.params.pop("requestState", None), ask.params.pop("inputResponses", None)
        principal = exchange.principal
        if principal is None:
            return
        found = State()
        if state is not None:
            bound = Binding(principal, ask.view.name, ask.name, ask.params)
            found = self.open(read_text(state, "requestState"), bound)
        ask.retry = Retry(found, read_responses(responses))

    def open(self, text: str, binding: Binding) -> State:
        """What was sealed for this very call, not too long ago; raises Fault, which tells nothing about the cause."""
        from trigate.store.seal import unseal  # noqa: PLC0415 - as above

        if len(text) > _LONGEST:
            raise _unusable()
        try:
            sealed = base64.b64decode(text.encode(), b"-_", validate=True)
            found = msgspec.msgpack.decode(unseal(self._key, sealed, *binding.place()), type=State)
        except (ValueError, VaultSealed, RecursionError):
            raise _unusable() from None
        if found.until < clock.wall_ns() / 1e9:
            raise _unusable()
        return found


def read_responses(raw: Raw | None) -> Members:
    """A caller's answers; raises Fault."""
    if raw is None:
        return {}
    try:
        return msgspec.json.decode(raw, type=dict[str, Raw])
    except (msgspec.DecodeError, RecursionError):
        raise Fault(INVALID_PARAMS, "`inputResponses` must be an object") from None


def _unusable() -> Fault:
    return Fault(
        INVALID_PARAMS,
        "`requestState` was not given out for this call, was changed, or is too old: make the call anew, without it",
    )
