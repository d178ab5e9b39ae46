"""Equips endpoints with credentials; those that change prove each request anew, and once more if they are rejected."""

import copy
from typing import TYPE_CHECKING, NamedTuple, Protocol

from trigate.core.parts import Head, Headers
from trigate.core.signal import Signal
from trigate.core.stream import Incoming, Sink
from trigate.core.surroundings import Surroundings
from trigate.outbound.answer import Answer
from trigate.outbound.credential import Credential, Outgoing, Proof
from trigate.outbound.request import Block
from trigate.outbound.settings import Timeouts

if TYPE_CHECKING:
    from trigate.outbound.client import Client, Endpoint


class Receipt(Protocol):
    """Whoever must know whether the upstream may act on a request, also if no answer ever comes."""

    sent: bool
    """Set as soon as the request is on its way."""


class Asked(NamedTuple):
    """What `Client.send` was asked to send."""

    method: bytes
    target: bytes
    headers: Headers | Block
    body: bytes | Incoming
    signal: Signal
    sink: Sink | None
    length: int | None
    upgrade: bytes
    extra: bytes
    receipt: Receipt
    timeouts: Timeouts | None = None


class Challenged(Protocol):
    """A proof that must know why it was turned away."""

    async def challenged(self, lines: bytes, head: Head) -> bool:
        """The upstream answered 401 or 403 to these lines: whether others would be worth one more attempt.

        Raises GatewayError to end the call there.
        """
        ...


_MOST_CHALLENGES = 2
"""More attempts than that are a loop (2025-11-25, authorization: step-up)."""


class Proving:
    """The way to an endpoint whose credential changes."""

    __slots__ = ("_bare", "_challenged", "_client", "_proof")

    def __init__(self, client: "Client", bare: "Endpoint", proof: Proof) -> None:
        """`bare` is the same endpoint without a proof."""
        self._client = client
        self._bare = bare
        self._proof = proof
        self._challenged: Challenged | None = proof if hasattr(proof, "challenged") else None  # pyright: ignore[reportAttributeAccessIssue]

    async def send(self, asked: Asked) -> Answer:
        """Send with a proof; after a 401, once more with another if there is one and the body is still at hand.

        Raises what `Client.send` does, and PayloadTooLarge for a body that is too large to be signed.
        """
        proof, body = self._proof, asked.body
        if proof.body_limit and not isinstance(body, bytes) and not asked.upgrade:
            body = await body.read(proof.body_limit)
        headers = asked.headers if isinstance(asked.headers, Block) else Block(asked.headers)
        asked = asked._replace(headers=headers, body=body)
        request = self._outgoing(asked, headers)
        lines = await self._lines(request)
        answer = await self._once(asked, lines)
        if self._challenged is not None:
            return await self._heed(self._challenged, asked, request, lines, answer)
        if answer.head.status != 401 or not proof.rejected(lines) or not isinstance(body, bytes):
            return answer
        answer.close()
        asked.receipt.sent = False  # a request that was not let in was not acted on
        return await self._once(asked, await self._lines(request))

    async def _heed(
        self, challenged: Challenged, asked: Asked, request: Outgoing, lines: bytes, answer: Answer
    ) -> Answer:
        """Send once more, and once again, as long as the proof learns something from what it was told."""
        for _ in range(_MOST_CHALLENGES):
            if answer.head.status not in (401, 403) or not isinstance(asked.body, bytes):
                return answer
            try:
                again = await challenged.challenged(lines, answer.head)
            except BaseException:
                answer.close()
                raise
            if not again:
                return answer
            answer.close()
            asked.receipt.sent = False  # as above
            lines = await self._lines(request)
            answer = await self._once(asked, lines)
        return answer

    def _outgoing(self, asked: Asked, headers: Block) -> Outgoing:
        body = asked.body if isinstance(asked.body, bytes) else b"" if asked.upgrade else None
        return Outgoing(asked.method, asked.target, headers.host or self._bare.authority, body)

    async def _lines(self, request: Outgoing) -> bytes:
        lines = self._proof.lines(request)
        return lines if isinstance(lines, bytes) else await lines

    async def _once(self, asked: Asked, lines: bytes) -> Answer:
        return await self._client.send(
            self._bare,
            asked.method,
            asked.target,
            asked.headers,
            asked.body,
            asked.signal,
            sink=asked.sink,
            length=asked.length,
            upgrade=asked.upgrade,
            extra=asked.extra + lines,
            receipt=asked.receipt,
            timeouts=asked.timeouts,
        )


def equip(endpoint: "Endpoint", credential: Credential, client: "Client", surroundings: Surroundings) -> None:
    """Have every request to `endpoint` prove who the gateway is; raises BadConfig if the credential cannot be used."""
    endpoint.lines += Block(credential.fields()).lines
    endpoint.names = credential.names()
    constant, proof = credential.secrets(), credential.open(client, endpoint, surroundings)
    endpoint.secrets = lambda: constant
    if proof is not None:
        endpoint.proof = Proving(client, copy.copy(endpoint), proof)
        endpoint.secrets = lambda: (*constant, *proof.secrets())
