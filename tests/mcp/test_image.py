"""Images and their signatures, in layouts made here with keys made here."""

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trigate.mcp.image import Image, Signature
from trigate.mcp.sandbox import SandboxFailed

DIGEST = f"sha256:{'a' * 64}"
NAME = "registry.example/tools/git"
IMAGE = Image.parse(f"{NAME}@{DIGEST}")
ELLIPTIC = ec.generate_private_key(ec.SECP256R1())


def sign(key: Any, text: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(text, ec.ECDSA(SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), SHA256())
    return key.sign(text)


def pem(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Layout:
    """A folder as `cosign save` writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[dict[str, Any]] = []
        (folder / "blobs" / "sha256").mkdir(parents=True)

    def put(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        (self.folder / "blobs" / "sha256" / digest).write_bytes(content)
        return f"sha256:{digest}"

    def sign(self, key: Any, digest: str = DIGEST, name: str = NAME, notes: dict[str, str] | None = None) -> str:
        critical = {
            "identity": {"docker-reference": name},
            "image": {"docker-manifest-digest": digest},
            "type": "cosign container image signature",
        }
        payload = json.dumps({"critical": critical, "optional": None}).encode()
        layer = {
            "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
            "size": len(payload),
            "digest": self.put(payload),
            "annotations": {"dev.cosignproject.cosign/signature": base64.b64encode(sign(key, payload)).decode()},
        }
        manifest = json.dumps({"schemaVersion": 2, "layers": [layer]}).encode()
        entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": self.put(manifest)}
        self.entries.append({**entry, "annotations": notes or {"kind": "dev.cosignproject.cosign/sigs"}})
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self.entries}))
        return layer["digest"]

    def signature(self, key: Any = ELLIPTIC, **more: Any) -> Signature:
        return Signature(key=pem(key), layout=str(self.folder), **more)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.mark.parametrize(
    ("text", "repository", "digest"),
    [
        (f"ghcr.io/a/b@{DIGEST}", "ghcr.io/a/b", DIGEST),
        (f"localhost:5000/a:1.2@{DIGEST}", "localhost:5000/a", DIGEST),
        ("alpine:3", "alpine", ""),
        ("localhost:5000/a", "localhost:5000/a", ""),
    ],
)
def test_an_image_is_a_name_and_a_digest(text: str, repository: str, digest: str):
    image = Image.parse(text)
    assert (image.repository, image.digest) == (repository, digest)


@pytest.mark.parametrize("text", ["", "--privileged", "a b", "a@sha256:abc", f"a@{DIGEST.upper()}", "a;b", "a@latest"])
def test_what_an_engine_could_take_for_something_else_is_no_image(text: str):
    with pytest.raises(ValueError, match="not an image"):
        Image.parse(text)


@pytest.mark.parametrize(
    "key",
    [ELLIPTIC, ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)],
    ids=["ec", "ed", "rsa"],
)
def test_a_signature_of_the_key_holds(key: Any, layout: Layout):
    layout.sign(key)
    layout.signature(key).verify(IMAGE)


def test_a_signature_is_also_found_by_the_tag_of_its_image(layout: Layout):
    tag = f"{NAME}:{DIGEST.replace(':', '-')}.sig"
    layout.sign(ELLIPTIC, notes={"org.opencontainers.image.ref.name": tag})
    layout.signature().verify(IMAGE)


def test_one_good_signature_among_others_is_enough(layout: Layout):
    layout.sign(ec.generate_private_key(ec.SECP256R1()))
    layout.sign(ELLIPTIC, digest=f"sha256:{'b' * 64}")
    layout.sign(ELLIPTIC)
    layout.signature().verify(IMAGE)


@pytest.mark.parametrize(
    "wrong", [{"digest": f"sha256:{'b' * 64}"}, {"name": "registry.example/tools/other"}, {"notes": {"kind": "other"}}]
)
def test_a_signature_of_something_else_does_not_hold(wrong: dict[str, Any], layout: Layout):
    layout.sign(ELLIPTIC, **wrong)
    with pytest.raises(SandboxFailed, match="no signature by the configured key"):
        layout.signature().verify(IMAGE)


def test_a_signature_of_another_key_does_not_hold(layout: Layout):
    layout.sign(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(SandboxFailed, match="no signature by the configured key"):
        layout.signature().verify(IMAGE)


def test_another_name_holds_where_that_is_said(layout: Layout):
    layout.sign(ELLIPTIC, name="docker.io/tools/git:1")
    layout.signature(any_name=True).verify(IMAGE)


def test_a_signed_text_that_was_changed_is_refused(layout: Layout):
    digest = layout.sign(ELLIPTIC, digest=f"sha256:{'b' * 64}")
    path = layout.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")
    path.write_bytes(path.read_bytes().replace(b"b" * 64, b"a" * 64))
    with pytest.raises(SandboxFailed, match="is another"):
        layout.signature().verify(IMAGE)


def test_a_digest_is_never_a_path(layout: Layout):
    layout.sign(ELLIPTIC)
    text = (layout.folder / "index.json").read_text()
    (layout.folder / "index.json").write_text(text.replace(layout.entries[0]["digest"], "sha256:../../index.json"))
    with pytest.raises(SandboxFailed, match="not one of SHA-256"):
        layout.signature().verify(IMAGE)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"manifests": [{"digest": 7}]}'])
def test_what_is_no_layout_is_refused(content: str | None, layout: Layout):
    if content is not None:
        (layout.folder / "index.json").write_text(content)
    with pytest.raises(SandboxFailed, match="cannot be read"):
        layout.signature().verify(IMAGE)


def test_a_weak_key_or_none_is_refused(layout: Layout):
    layout.sign(ELLIPTIC)
    for key in ("nothing", pem(rsa.generate_private_key(65537, 1024))):
        with pytest.raises(SandboxFailed, match="cannot be read"):
            Signature(key=key, layout=str(layout.folder)).verify(IMAGE)
