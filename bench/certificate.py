"""A private certificate authority for the run and one server certificate for localhost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    """Paths of the authority, the server's chain, its key, and both in one file (as HAProxy wants them)."""

    authority: Path
    chain: Path
    key: Path
    bundle: Path


def issue(directory: Path) -> Certificate:
    """Write a fresh authority and certificate into a directory."""
    authority = trustme.CA()
    server = authority.issue_cert("localhost", "127.0.0.1")
    paths = Certificate(*(directory / name for name in ("ca.pem", "chain.pem", "key.pem", "bundle.pem")))
    authority.cert_pem.write_to_path(paths.authority)
    paths.chain.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    server.private_key_pem.write_to_path(paths.key)
    server.private_key_and_cert_chain_pem.write_to_path(paths.bundle)
    return paths
