"""Where the gateway reports, and in which form."""

from typing import Literal

from trigate.core.settings import Settings


class TelemetrySettings(Settings, frozen=True):
    """What the gateway tells about itself."""

    access_log: str = "-"
    """Where one JSON line per call goes: `-` for standard output, `off`, or a path, which is opened anew on reload."""
    log: Literal["text", "json"] = "text"
    """Form of the process log on standard error: starts, reloads, faults; never a line per request."""
