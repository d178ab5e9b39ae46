"""Settings of what every call must pass: who may call, and with which keys."""

from datetime import datetime
from typing import Literal

from trigate.core.settings import Secret, Settings
from trigate.policy.approval import ApprovalSettings
from trigate.policy.authenticator import Authenticator
from trigate.policy.credential import read_networks
from trigate.policy.limit import Limit
from trigate.policy.rule import Rule

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
    roles: tuple[str, ...] = ()
    """What rules may go by besides names."""
    models: tuple[str, ...] = ("*",)
    """The models this key may use, whatever rules allow its owner; `*` stands for anything."""
    servers: tuple[str, ...] = ("*",)
    """The MCP servers this key may use."""
    routes: tuple[str, ...] = ("*",)
    """The routes of the api lane this key may use."""
    addresses: tuple[str, ...] = ()
    """Networks from which it may be used, such as `10.1.0.0/16`; none written: any."""
    expires: str = ""
    """When it stops being valid, such as `2027-01-31T00:00:00Z`; left out: never."""
    may_act_for_users: bool = False
    """Whether it may name the end user it acts for, in the header field `x-trigate-user`."""

    def __post_init__(self) -> None:
        if len(self.secret.reveal()) < MINIMUM_SECRET:
            raise ValueError(f"a key's secret needs at least {MINIMUM_SECRET} characters")
        if not self.secret.reveal().isascii() or not self.secret.reveal().isprintable():
            raise ValueError("a key's secret must be printable ASCII, for it travels in a header field")
        read_networks(self.addresses)
        if self.expires and datetime.fromisoformat(self.expires).tzinfo is None:
            raise ValueError("`expires` needs a time zone: end it with Z for UTC")


class PolicySettings(Settings):
    """Who may call."""

    authenticators: tuple[Authenticator, ...] = ()
    """Ways to prove who is calling, tried in this order; none written means `[{kind: api_key}]`."""
    keys: dict[str, Key] = {}
    """API keys by name; the name is what records show."""
    access: tuple[Rule, ...] = ()
    """Who may do what: rules, of which one that denies wins over those that allow."""
    access_default: Literal["allow", "deny"] | None = None
    """What holds where no rule decides; if not written, `deny` as soon as a rule here has an `allow`, else `allow`."""

    limits: tuple[Limit, ...] = ()
    """How much callers may use. All that apply to a call hold together."""
    approvals: ApprovalSettings = ApprovalSettings()
    """Which calls wait until a person has approved them."""

    def __post_init__(self) -> None:
        titles = [quota.name for each in self.limits for quota in each.quotas()]
        if twice := next((title for title in titles if titles.count(title) > 1), ""):
            raise ValueError(f"two limits are called {twice!r}: give one of them a name of its own")
        secrets = [key.secret.reveal() for key in self.keys.values()]
        if len(set(secrets)) < len(secrets):
            raise ValueError("two keys have the same secret")
