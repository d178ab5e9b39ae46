"""Container images: their names, and cosign's signatures of them in an OCI layout."""

import base64
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from trigate.core.settings import Settings
from trigate.mcp.sandbox import SandboxFailed

_NAME = re.compile(r"[a-z0-9][a-zA-Z0-9._/:-]*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_KIND, _SIGNATURES = "kind", "dev.cosignproject.cosign/sigs"
_REFERENCE = "org.opencontainers.image.ref.name"
_SIGNATURE = "dev.cosignproject.cosign/signature"
_PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
_LARGEST = 4 * 2**20
_MOST = 256
"""Signatures of an image that are looked at."""


class Image(Struct, frozen=True):
    """A reference to an image."""

    name: str
    """With registry and tag, if they are written."""
    digest: str
    """`sha256:…`, empty if the name is all there is."""

    @classmethod
    def parse(cls, text: str) -> "Image":
        """Raises ValueError for what an engine could take for something else."""
        name, at, digest = text.partition("@")
        if not _NAME.fullmatch(name) or (at and not _DIGEST.fullmatch(digest)):
            raise ValueError(f"{text!r} is not an image such as ghcr.io/example/server@sha256:…")
        return cls(name, digest)

    @property
    def repository(self) -> str:
        """The name without a tag."""
        before, slash, last = self.name.rpartition("/")
        return before + slash + last.partition(":")[0]


class Signature(Settings):
    """A signature that cosign made with a key pair, kept beside the gateway: nothing is asked of a registry."""

    key: str
    """The public key as PEM, best `${file:cosign.pub}`: ECDSA, Ed25519 or RSA."""
    layout: str
    """Folder with the image's signatures in the OCI image layout, as `cosign save --dir FOLDER IMAGE` writes it."""
    any_name: bool = False
    """Whether the signature may be of the same image under another name, such as that of the registry it was copied
    from."""

    def verify(self, image: Image) -> None:
        """Raises SandboxFailed unless one of the signatures is this key's, of this digest and name."""
        try:
            key = _key(self.key)
            for payload, signature in _Layout(Path(self.layout)).signatures(image.digest):
                if _holds(key, signature, payload) and self._is_of(image, payload):
                    return
        except (OSError, ValueError) as error:
            raise SandboxFailed(f"the signatures in {self.layout} cannot be read: {error}") from None
        raise SandboxFailed(f"{self.layout} has no signature by the configured key of {image.name}@{image.digest}")

    def _is_of(self, image: Image, payload: bytes) -> bool:
        """Whether a signed text speaks of this image."""
        critical = msgspec.json.decode(payload, type=_Payload).critical
        named = Image.parse(critical.identity.docker_reference.partition("@")[0]).repository
        same = self.any_name or named == image.repository
        return critical.image.docker_manifest_digest == image.digest and same


class _Descriptor(Struct, rename="camel"):
    digest: str
    media_type: str = ""
    annotations: dict[str, str] = {}


class _Index(Struct):
    manifests: list[_Descriptor]


class _Manifest(Struct):
    layers: list[_Descriptor]


class _Identity(Struct, rename="kebab"):
    docker_reference: str


class _Signed(Struct, rename="kebab"):
    docker_manifest_digest: str


class _Critical(Struct):
    identity: _Identity
    image: _Signed


class _Payload(Struct):
    """What cosign signs (simple signing)."""

    critical: _Critical


class _Layout:
    """A folder in the OCI image layout; whatever is read from it has the digest it is named by."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def signatures(self, digest: str) -> list[tuple[bytes, bytes]]:
        """What was signed, and the signature over it, for every signature of the image with this digest."""
        index = msgspec.json.decode(_read(self._folder / "index.json"), type=_Index)
        tag = digest.replace(":", "-") + ".sig"
        found: list[tuple[bytes, bytes]] = []
        for entry in index.manifests[:_MOST]:
            notes = entry.annotations
            if notes.get(_KIND) == _SIGNATURES or notes.get(_REFERENCE, "").endswith(tag):
                found += self._of_manifest(msgspec.json.decode(self._blob(entry.digest), type=_Manifest))
        return found

    def _of_manifest(self, manifest: "_Manifest") -> list[tuple[bytes, bytes]]:
        layers = [each for each in manifest.layers[:_MOST] if each.media_type == _PAYLOAD]
        pairs = [(each.digest, each.annotations.get(_SIGNATURE, "")) for each in layers]
        return [(self._blob(digest), base64.b64decode(text, validate=True)) for digest, text in pairs if text]

    def _blob(self, digest: str) -> bytes:
        if not _DIGEST.fullmatch(digest):
            raise ValueError("a digest is not one of SHA-256")
        content = _read(self._folder / "blobs" / "sha256" / digest.removeprefix("sha256:"))
        if sha256(content).hexdigest() != digest.removeprefix("sha256:"):
            raise ValueError(f"the content of {digest} is another")
        return content


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"{path.name} is too large")
    return content


def _key(text: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - few need it

    return load_pem_public_key(text.encode())


def _holds(key: Any, signature: bytes, signed: bytes) -> bool:
    """Whether a signature is the key's; cosign signs with SHA-256 but for Ed25519."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(SHA256()))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
            key.verify(signature, signed, padding.PKCS1v15(), SHA256())
        else:
            raise ValueError("the key is neither ECDSA, Ed25519 nor RSA of 2048 bits or more")
    except InvalidSignature:
        return False
    return True
