"""A store of secrets in this process: answers by a function, in a thread, on loopback."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from tests.patience import PATIENCE

Answer = Callable[[str, str, Mapping[str, str], bytes], tuple[int, Any]]
"""Status and JSON for method, target, fields in lower case, and body."""


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """The address of the store while it is served."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            fields = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(fields.get("content-length", 0)))
            status, said = answer(self.command, self.path, fields, body)
            payload = said if isinstance(said, bytes) else msgspec.json.encode(said)
            self.send_response(status)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = _serve

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()
