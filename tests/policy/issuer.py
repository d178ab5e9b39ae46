"""An identity provider in this process: keys that can be exchanged, tokens of every kind, and bad days."""

import asyncio
import base64
import json
from types import TracebackType
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.outbound.chaos import Sweeper, surroundings_of
from trigate.core.clock import clock
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.settings import OutboundSettings

AUDIENCE = "https://gateway.example"


class SigningKey:
    """A private key with an id and an algorithm."""

    def __init__(self, key_id: str, algorithm: str = "ES256") -> None:
        self.id = key_id
        self.algorithm = algorithm
        self.private: Any = {
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
            "PS256": lambda: rsa.generate_private_key(65537, 2048),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }[algorithm]()

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half, as a key set holds it."""
        maker: Any = {
            "R": RSAAlgorithm,
            "P": RSAAlgorithm,
            "E": OKPAlgorithm if self.algorithm == "EdDSA" else ECAlgorithm,
        }
        public = maker[self.algorithm[0]].to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.id, "use": "sig", "alg": self.algorithm}

    def token(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token that is good unless `claims` say otherwise; a claim of None is left out."""
        return jwt.encode(payload(**claims), self.private, self.algorithm, {"kid": self.id, **(header or {})})


def payload(**claims: Any) -> dict[str, Any]:
    """Claims of a good token, with `claims` in their place; those of None are left out."""
    now = int(clock.wall_ns() / 1e9)
    made = {"iss": "https://issuer.example", "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300, **claims}
    return {name: value for name, value in made.items() if value is not None}


def segment(value: Any) -> str:
    """Base64url of JSON, or of bytes."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def key_set(*keys: SigningKey) -> str:
    """A JSON Web Key Set."""
    return json.dumps({"keys": [key.jwk for key in keys]})


class Service:
    """A small HTTP service on loopback whose answers a test decides; what it was asked is kept."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        """First line, fields and body of each request."""
        self.down = False
        self.slow: asyncio.Event | None = None
        """Answers wait for it."""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def answer(self, line: str, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, fields and body."""
        raise NotImplementedError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while not self.down:
                await self._exchange(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.strip().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        self.asked.append((line, fields, body))
        if self.slow is not None:
            await self.slow.wait()
        if self.down:
            return
        status, more, answered = self.answer(line, fields, body)
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(answered)}", *(f"{k}: {v}" for k, v in more.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + answered)


class Issuer(Service):
    """An OpenID provider."""

    def __init__(self, *keys: SigningKey) -> None:
        super().__init__()
        self.keys = list(keys)
        self.description: dict[str, Any] = {}
        """What its description says in place of the truth."""

    def token(self, **claims: Any) -> str:
        """A good token, signed by the newest key."""
        return self.keys[-1].token(**{"iss": self.url, **claims})

    def answer(self, line: str, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Its description or its keys."""
        if line.startswith("GET /.well-known/openid-configuration "):
            described = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.description}
            return 200, {"content-type": "application/json"}, json.dumps(described).encode()
        if line.startswith("GET /keys "):
            return 200, {"content-type": "application/json"}, key_set(*self.keys).encode()
        return 404, {}, b""


class Ground:
    """A client to ask with, in surroundings whose deadlines are swept."""

    def __init__(self) -> None:
        self.surroundings: Surroundings = surroundings_of(asyncio.get_running_loop())
        self.client = Client(OutboundSettings(), self.surroundings)
        self._sweeper = Sweeper(self.surroundings.deadlines)

    async def __aenter__(self) -> Self:
        await self._sweeper.__aenter__()
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        keep: Any = self.surroundings.keep
        for _, _, thing in keep.things:
            thing.drain()
        await self._sweeper.__aexit__(kind, error, trace)
