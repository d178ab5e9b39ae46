"""An MCP server with one tool on standard input and output, of revision 2026-07-28, with `--older` of 2025-11-25."""

from __future__ import annotations

import sys

from bench.upstreams.weather import NEWER, OLDER, Era


def main() -> None:
    """Answer line by line until the input ends."""
    era = Era(OLDER if "--older" in sys.argv else NEWER)
    while line := sys.stdin.buffer.readline():
        reply = era.reply(line)
        if reply is not None:
            sys.stdout.buffer.write(reply.message + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
