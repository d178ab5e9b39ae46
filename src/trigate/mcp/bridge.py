"""Runs inside of a sandbox without a network: makes the gateway's socket a proxy on the loopback, then the command.

It stands alone, with nothing but the standard library, for nothing else is there: `bridge.py SOCKET -- COMMAND…`.
"""

import os
import socket
import subprocess
import sys
import threading

PORT = 3128
"""On the sandbox's own loopback, which nobody else uses."""
_PIECE = 65536


def main(arguments: list[str]) -> int:
    """Run the command; its exit status, 128 and more for a signal."""
    path, _, *command = arguments
    server = socket.create_server(("127.0.0.1", PORT))
    threading.Thread(target=accept, args=(server, path), daemon=True).start()
    environment = {**os.environ, **surroundings()}  # noqa: TID251 - the sandbox's, made by the gateway
    status = subprocess.Popen(command, env=environment).wait()
    return status if status >= 0 else 128 - status


def surroundings() -> dict[str, str]:
    """The variables by which programs find a proxy."""
    address = f"http://127.0.0.1:{PORT}"
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {**dict.fromkeys(names, address), "NODE_USE_ENV_PROXY": "1", "NO_PROXY": "", "no_proxy": ""}


def accept(server: socket.socket, path: str) -> None:
    """Join every connection with one of the gateway's socket."""
    while True:
        try:
            near, _ = server.accept()
        except OSError:
            return  # the command has ended
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            far.connect(path)
        except OSError:
            near.close()
            far.close()
            continue
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=pump, args=(source, target), daemon=True).start()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Carry bytes until there are no more; then tell the other side so."""
    try:
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for each in (source, target):
            each.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
