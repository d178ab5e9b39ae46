"""The command line that the Python upstreams share: one plain port and one with TLS."""

from __future__ import annotations

import argparse
import asyncio
import ssl
from collections.abc import Callable, Sequence

import uvloop


def main(connection: Callable[[], asyncio.Protocol], caption: str | None) -> None:
    """Read the ports and the certificate from the command line and serve until killed."""
    parser = argparse.ArgumentParser(description=caption)
    parser.add_argument("ports", type=int, nargs=2)
    parser.add_argument("--chain", required=True)
    parser.add_argument("--key", required=True)
    options = parser.parse_args()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.chain, options.key)
    uvloop.run(_serve(connection, options.ports, (None, context)))


async def _serve(
    connection: Callable[[], asyncio.Protocol], ports: Sequence[int], contexts: Sequence[ssl.SSLContext | None]
) -> None:
    loop = asyncio.get_running_loop()
    for number, context in zip(ports, contexts, strict=True):
        await loop.create_server(connection, "127.0.0.1", number, ssl=context, backlog=4096)
    await asyncio.Event().wait()
