"""Where the control plane listens, and who may use it."""

from typing import Literal

from trigate.core.settings import Secret, Settings

Role = Literal["admin", "editor", "viewer"]

MINIMUM_TOKEN = 16
"""Characters; shorter tokens can be guessed."""


class AdminToken(Settings):
    """An operator's token for the admin API."""

    secret: Secret
    """What the operator sends as `Authorization: Bearer`; at least 16 characters, best a `${…}` reference."""
    role: Role = "viewer"
    """`viewer` reads, `editor` also makes and changes keys, people, rules and limits, `admin` also makes keys for
    operators, deletes organisations and drains the gateway."""
    organisation: str = ""
    """The only organisation this operator sees and changes; empty: all of them."""

    def __post_init__(self) -> None:
        if len(self.secret.reveal()) < MINIMUM_TOKEN:
            raise ValueError(f"an admin token needs at least {MINIMUM_TOKEN} characters")


class AdminSettings(Settings, frozen=True):
    """The port for operators and probes; nothing on it is reachable through the data port."""

    listen: str = "127.0.0.1:8081"
    """Address of the probes and the admin API: `HOST:PORT` or `unix:/path`. Keep it on loopback or a private
    network."""
    tokens: dict[str, AdminToken] = {}
    """Tokens of operators by name. The command line on this machine needs none: it reads the one that the gateway keeps
    in `store.directory`."""
