"""The keys that sign access tokens: made when there is none, exchanged when they are old, sealed in the vault."""

import asyncio
import os
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.surroundings import Surroundings
from trigate.policy.flight import Flights
from trigate.store.keeper import Keeper
from trigate.store.login import Signer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trigate.store.vault import Vault

ALGORITHM = "ES256"
SETTLE_NS = 2 * 10**9
"""A key signs this long after it was made: by then every worker knows it."""
AGAIN_NS = 60 * 10**9
"""How often the store is asked which keys there are: another machine may have made one."""


class Held(Struct, frozen=True):
    """A key that signs."""

    signer: Signer
    private: Any


class Signing:
    """Signs, and knows what is published of its keys."""

    def __init__(self, keeper: Keeper, around: Surroundings, key_life: float, token_life: float) -> None:
        """Lives in seconds: how long a key signs, and the longest that a token of it is good."""
        self._keeper = keeper
        self._life = int(key_life * 1e9)
        self._tail = int(token_life * 1e9) + AGAIN_NS
        self._flights = Flights[str, None](around.loop)
        self._held: Held | None = None
        self._signers: tuple[Signer, ...] = ()
        self._looked = 0

    async def sign(self, claims: dict[str, Any], type_: str = "at+jwt") -> str:
        """A token of these claims (RFC 7515 compact form)."""
        await self._refresh()
        held = self._held
        assert held is not None  # noqa: S101 - what `_refresh` is for
        early = held.signer.created + SETTLE_NS - clock.wall_ns()
        if early > 0:  # once in the life of an installation: there was no key before this one
            await asyncio.sleep(early / 1e9)
        import jwt  # noqa: PLC0415 - only the control process signs

        return jwt.encode(claims, held.private, ALGORITHM, {"kid": held.signer.id, "typ": type_})

    async def key_set(self) -> dict[str, Any]:
        """What is published (RFC 7517)."""
        await self._refresh()
        return {"keys": [msgspec.json.decode(each.public) for each in self._signers]}

    async def _refresh(self) -> None:
        now = clock.wall_ns()
        if self._held is None or now - self._looked >= AGAIN_NS:
            await self._flights.join("", self._look)

    async def _look(self) -> None:
        now = clock.wall_ns()
        signers, private = await self._keeper.entrusted("portal", lambda rows, vault: self._tend(rows, vault, now))
        signer = _signing(signers, now)
        if self._held is None or self._held.signer.id != signer.id:
            self._held = Held(signer, _load(private))
        self._signers, self._looked = signers, now

    def _tend(self, connection: "Connection", vault: "Vault", now: int) -> tuple[tuple[Signer, ...], str]:
        """Make a key if there is none, or the newest is old; all that there are, and the one to sign with."""
        from trigate.store.signer_row import add_signer, list_signers, read_private  # noqa: PLC0415 - SQL

        signers = list_signers(connection, now)
        if not signers or now - signers[0].created >= self._life:
            signer, private = _make(now, now + self._life + self._tail)
            add_signer(connection, vault, signer, private)
            signers = (signer, *signers)
        return signers, read_private(vault, _signing(signers, now).id)


def _signing(signers: tuple[Signer, ...], now: int) -> Signer:
    """The newest that every worker knows."""
    return next((each for each in signers if now - each.created >= SETTLE_NS), signers[0])


def _make(created: int, until: int) -> tuple[Signer, str]:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - once a month
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above
    from jwt.algorithms import ECAlgorithm  # noqa: PLC0415 - as above

    key = ec.generate_private_key(ec.SECP256R1())
    id = os.urandom(8).hex()
    public = {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": id, "use": "sig", "alg": ALGORITHM}
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return Signer(id=id, public=msgspec.json.encode(public).decode(), created=created, until=until), pem


def _load(pem: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - as above

    return load_pem_private_key(pem.encode(), None)
