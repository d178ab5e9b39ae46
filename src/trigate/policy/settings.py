"""Settings of what every call must pass: who may call, and with which keys."""

from typing import Literal

from trigate.core.settings import Secret, Settings
from trigate.policy.authenticator import Authenticator

MINIMUM_SECRET = 16
"""Characters; shorter secrets can be guessed."""

LaneName = Literal["api", "llm", "mcp"]


class Key(Settings):
    """An API key declared in the file."""

    secret: Secret
    """What the caller sends; at least 16 characters, best a reference such as `${TRIGATE_KEY}`."""
    lanes: tuple[LaneName, ...] = ("api", "llm", "mcp")
    """The lanes this key may use."""
    user: str = ""
    """The person the key belongs to, for records."""
    agent: str = ""
    """The agent (service account) the key belongs to, for records."""
    team: str = ""
    """The team the key belongs to, for records."""
    organisation: str = ""
    """The organisation the key belongs to, for records."""

    def __post_init__(self) -> None:
        if len(self.secret.reveal()) < MINIMUM_SECRET:
            raise ValueError(f"a key's secret needs at least {MINIMUM_SECRET} characters")
        if not self.secret.reveal().isascii() or not self.secret.reveal().isprintable():
            raise ValueError("a key's secret must be printable ASCII, for it travels in a header field")


class PolicySettings(Settings):
    """Who may call."""

    authenticators: tuple[Authenticator, ...] = ()
    """Ways to prove who is calling, tried in this order; none written means `[{kind: api_key}]`."""
    keys: dict[str, Key] = {}
    """API keys by name; the name is what records show."""

    def __post_init__(self) -> None:
        secrets = [key.secret.reveal() for key in self.keys.values()]
        if len(set(secrets)) < len(secrets):
            raise ValueError("two keys have the same secret")
