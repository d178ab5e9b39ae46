"""Where the control plane listens."""

from trigate.core.settings import Settings


class AdminSettings(Settings, frozen=True):
    """The port for operators and probes; nothing on it is reachable through the data port."""

    listen: str = "127.0.0.1:8081"
    """Address of `/livez` and `/readyz`: `HOST:PORT` or `unix:/path`. Keep it on loopback or a private network."""
