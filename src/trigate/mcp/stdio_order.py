"""What a worker and the process that runs the commands say to each other over the bus."""

import msgspec
from msgspec import Struct

from trigate.mcp.greeting import Greeting

SERVICE = "mcp.stdio"
"""The name of the service on the bus."""

MESSAGE = b"M"
"""Begins a frame with a JSON-RPC message of the server."""
GREETING = b"G"
"""Begins a frame with what the server speaks."""
FAILED = b"F"
"""Begins a frame with a text that says why there is no answer; the stream ends."""
CHANGED = b"C"
"""The server no longer speaks what the worker took it to; it has not seen the request."""


class Order(Struct, omit_defaults=True):
    """Opens a stream: hello without an era, or a request whose text follows as the stream's first message."""

    server: str
    era: str = ""
    token: str = ""
    """The progress token in the request."""
    holder: str = ""
    """Whose process it is for, where callers have their own; empty for the one that all share."""
    profile: int = 0
    """What its caller can be asked for within the call, by a server of the older protocol."""


encode_order = msgspec.json.Encoder().encode
decode_order = msgspec.json.Decoder(Order).decode
encode_greeting = msgspec.json.Encoder().encode
decode_greeting = msgspec.json.Decoder(Greeting).decode
