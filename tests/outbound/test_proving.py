"""Requests that prove who the gateway is."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from tests.outbound.chaos import Body, Chaos, Step, answer, expect, send, soon
from trigate.core.errors import BadConfig, CredentialFailed, PayloadTooLarge
from trigate.core.parts import Data, Head
from trigate.core.settings import Secret
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.outbound.answer import Answer
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import AUTHORIZATION, Credential, Outgoing, Proof
from trigate.outbound.credentials.header import Header
from trigate.outbound.credentials.mtls import Mtls
from trigate.outbound.settings import OutboundSettings

REJECTED = answer(b"no", b"401 Unauthorized")


class Counting:
    """Proves the first request by 1, the second by 2; every second proof must be awaited."""

    def __init__(self, body_limit: int = 0) -> None:
        self.body_limit = body_limit
        self.asked: list[Outgoing] = []
        self.failure: Exception | None = None
        self.others = True

    def lines(self, request: Outgoing) -> bytes | Awaitable[bytes]:
        self.asked.append(request)
        made = b"authorization: proof-%d\r\n" % len(self.asked)
        return made if len(self.asked) % 2 else self._later(made)

    async def _later(self, made: bytes) -> bytes:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return made

    def rejected(self, lines: bytes) -> bool:
        return self.others

    def secrets(self) -> tuple[bytes, ...]:
        return (b"proof-%d" % len(self.asked),)


class Changing(Credential):
    """A credential for tests."""

    proof: Proof

    def names(self) -> frozenset[bytes]:
        return AUTHORIZATION

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> Proof:
        return self.proof


class Noted:
    """A receipt that remembers everything it was told."""

    sent: bool

    def __init__(self) -> None:
        self.notes: list[bool] = []

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name == "sent":
            self.notes.append(value)


class Whole(Body):
    """A body that can be read at once."""

    async def read(self, limit: int) -> bytes:
        data = b"".join(part.payload for part in self.parts if isinstance(part, Data))
        if len(data) > limit:
            raise PayloadTooLarge("too large")
        return data


class Scene:
    """A client that calls one upstream with one credential."""

    def __init__(self, surroundings: Surroundings, credential: Credential, *scripts: list[Step]) -> None:
        self.client = Client(OutboundSettings(), surroundings)
        self.signal = Signal(surroundings.loop)
        self.credential = credential
        self.chaos = Chaos(*scripts)
        self.receipt = Noted()

    async def ask(self, method: bytes = b"GET", body: bytes | Body = b"", upgrade: bytes = b"") -> Answer:
        self.endpoint = self.client.endpoint(self.chaos.url, credential=self.credential)
        headers = [(b"x-caller", b"1")]
        return await soon(
            self.client.send(
                self.endpoint, method, b"/a?b", headers, body, self.signal, upgrade=upgrade, receipt=self.receipt
            ),
        )

    @property
    def proofs(self) -> list[bytes]:
        received = b"".join(talk.received for talk in self.chaos.talks)
        return [line for line in received.split(b"\r\n") if line.lower().startswith(b"authorization")]


async def test_a_constant_credential_is_part_of_every_head(surroundings: Surroundings) -> None:
    scene = Scene(surroundings, Header(value=Secret("canary")), [answer(), answer()])
    async with scene.chaos:
        for _ in range(2):
            (await scene.ask()).close()
        assert scene.proofs == [b"authorization: Bearer canary"] * 2
        assert scene.endpoint.proof is None
        assert scene.endpoint.names == {b"authorization"}
        assert scene.endpoint.secrets() == (b"canary",)


async def test_each_request_gets_its_own_proof(surroundings: Surroundings) -> None:
    proof = Counting()
    scene = Scene(surroundings, Changing(proof=proof), [answer(), answer()])
    async with scene.chaos:
        for _ in range(2):
            (await scene.ask(b"POST", b"body")).close()
        assert scene.proofs == [b"authorization: proof-1", b"authorization: proof-2"]
        assert scene.endpoint.secrets() == (b"proof-2",)
        authority = scene.endpoint.authority
        assert proof.asked == [Outgoing(b"POST", b"/a?b", authority, b"body")] * 2


async def test_a_rejected_proof_is_replaced_once(surroundings: Surroundings) -> None:
    scene = Scene(surroundings, Changing(proof=Counting()), [REJECTED, REJECTED])
    async with scene.chaos:
        assert (await scene.ask(b"POST", b"body")).head.status == 401
        assert scene.proofs == [b"authorization: proof-1", b"authorization: proof-2"]
        assert scene.receipt.notes == [True, False, True]


async def test_the_second_attempt_brings_the_answer(surroundings: Surroundings) -> None:
    scene = Scene(surroundings, Changing(proof=Counting()), [REJECTED, answer(b"fine")])
    async with scene.chaos:
        assert await (await scene.ask()).read(10) == b"fine"


async def test_without_another_proof_the_refusal_is_the_answer(surroundings: Surroundings) -> None:
    proof = Counting()
    proof.others = False
    scene = Scene(surroundings, Changing(proof=proof), [REJECTED])
    async with scene.chaos:
        found = await scene.ask()
        assert (found.head.status, await found.read(10)) == (401, b"no")
        assert len(scene.proofs) == 1


async def test_a_body_that_is_gone_is_not_sent_again_but_the_next_call_has_another_proof(
    surroundings: Surroundings,
) -> None:
    proof = Counting()
    script = [expect(b"0\r\n\r\n"), send(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")]
    scene = Scene(surroundings, Changing(proof=proof), script)
    async with scene.chaos:
        assert (await scene.ask(b"POST", Body(scene.signal, Data(b"gone")))).head.status == 401
        assert [each.body for each in proof.asked] == [None]


async def test_a_second_proof_that_cannot_be_had_is_the_error_and_nothing_counts_as_sent(
    surroundings: Surroundings,
) -> None:
    proof = Counting()
    proof.failure = CredentialFailed("no token")
    scene = Scene(surroundings, Changing(proof=proof), [REJECTED])
    async with scene.chaos:
        with pytest.raises(CredentialFailed, match="no token"):
            await scene.ask()
        assert not scene.receipt.sent


async def test_a_body_that_is_signed_is_read_whole_and_goes_with_its_length(surroundings: Surroundings) -> None:
    proof = Counting(body_limit=10)
    scene = Scene(surroundings, Changing(proof=proof), [answer()])
    async with scene.chaos:
        (await scene.ask(b"POST", Whole(scene.signal, Data(b"0123"), Data(b"456")))).close()
        assert proof.asked[0].body == b"0123456"
        assert b"content-length: 7\r\n" in scene.chaos.talks[0].received


async def test_a_body_too_large_to_be_signed_reaches_nobody(surroundings: Surroundings) -> None:
    scene = Scene(surroundings, Changing(proof=Counting(body_limit=10)))
    async with scene.chaos:
        with pytest.raises(PayloadTooLarge):
            await scene.ask(b"POST", Whole(scene.signal, Data(b"0123456789a")))
        assert scene.chaos.talks == []


async def test_an_upgrade_is_proven_without_what_flows_afterwards(surroundings: Surroundings) -> None:
    proof = Counting(body_limit=10)
    scene = Scene(surroundings, Changing(proof=proof), [answer()])
    async with scene.chaos:
        (await scene.ask(b"GET", Body(scene.signal, whole=False), upgrade=b"websocket")).close()
        assert proof.asked[0].body == b""


def test_a_certificate_that_could_never_be_shown_is_refused(surroundings_sync: Surroundings, tmp_path: Path) -> None:
    client = Client(OutboundSettings(), surroundings_sync)
    with pytest.raises(BadConfig, match="https"):
        client.endpoint("http://127.0.0.1:1", credential=Mtls(certificate_file=str(tmp_path / "a.pem")))


class Heeding(Counting):
    """A proof that wants to know why it was turned away."""

    def __init__(self, *learns: bool) -> None:
        super().__init__()
        self.learns = list(learns)
        self.told: list[tuple[bytes, int]] = []

    async def challenged(self, lines: bytes, head: Head) -> bool:
        self.told.append((lines, head.status))
        if self.failure is not None:
            raise self.failure
        return self.learns.pop(0)


FORBIDDEN = answer(b"no", b"403 Forbidden")


async def test_what_the_upstream_says_is_heard_and_it_is_tried_again_as_long_as_that_helps(
    surroundings: Surroundings,
) -> None:
    proof = Heeding(True, True)
    scene = Scene(surroundings, Changing(proof=proof), [REJECTED, FORBIDDEN, answer()])
    async with scene.chaos:
        assert (await scene.ask()).head.status == 200
        assert [status for _, status in proof.told] == [401, 403]
        assert proof.told[0][0] == b"authorization: proof-1\r\n"


async def test_it_is_not_tried_for_ever(surroundings: Surroundings) -> None:
    proof = Heeding(*[True] * 9)
    scene = Scene(surroundings, Changing(proof=proof), [REJECTED, REJECTED, REJECTED])
    async with scene.chaos:
        assert (await scene.ask()).head.status == 401
        assert len(proof.asked) == 3


async def test_what_was_learned_may_end_the_call(surroundings: Surroundings) -> None:
    for failure in (None, CredentialFailed("somebody must agree first")):
        proof = Heeding(False)
        proof.failure = failure
        scene = Scene(surroundings, Changing(proof=proof), [FORBIDDEN])
        async with scene.chaos:
            if failure is None:
                assert (await scene.ask()).head.status == 403
            else:
                with pytest.raises(CredentialFailed, match="agree"):
                    await scene.ask()
