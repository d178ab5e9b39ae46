"""Which calls a person must approve before they are made, and how people are told."""

import base64
import binascii
from typing import Literal
from urllib.parse import urlsplit

from trigate.core.settings import Duration, Secret, Settings
from trigate.policy.expression import Expression, Variables
from trigate.policy.expression import compile as compile_expression
from trigate.policy.glob import Globs
from trigate.policy.rule import VARIABLES, check_entry, parse_entry
from trigate.policy.selector import Selector

Traits = Literal["any", "writing", "destructive"]
TRAITS = frozenset(("read_only", "destructive", "idempotent", "open_world"))
_VARIABLES: Variables = {**VARIABLES, "tool": TRAITS}
HELD = frozenset(("mcp.tools.call", "mcp.prompts.get", "mcp.resources.read"))
"""Actions that can be held: acts upon servers, and none by which anybody is asked."""
_PREFIX = "whsec_"
_SHORTEST_SECRET = 24
"""Bytes, as the Standard Webhooks specification has it."""


class ApprovalRule(Selector):
    """Calls that wait for a person. Everything it says about caller, call and tool must hold."""

    name: str = ""
    """What the queue, records and errors call it."""
    on: tuple[str, ...] = ("mcp.tools.call",)
    """What is done: `ACTION` or `ACTION RESOURCE` with globs, such as `mcp.tools.call server/git/tool/push*`."""
    tools: Traits = "any"
    """Which tools, by what their servers say of them: `writing` are those not marked read-only, `destructive` those
    that besides may destroy something; a tool of which nothing is said counts as both."""
    when: str = ""
    """A condition in CEL over `principal`, `action`, `request`, `arguments` and `tool` (its `read_only`, `destructive`,
    `idempotent` and `open_world`); if it cannot be told whether it holds, a person is asked."""
    by: Literal["caller", "operator"] = "caller"
    """Who approves: the person at the caller's end where the client can ask one, else an operator; or always an
    operator."""

    def __post_init__(self) -> None:
        if not self.on:
            raise ValueError("`on` names what needs approval; leave it out for every tool call")
        for entry in self.on:
            check_entry(entry)
            if not any(map(Globs([parse_entry(entry)[0]]).fit, HELD)):
                raise ValueError(f"{entry!r}: approval is for {', '.join(f'`{each}`' for each in sorted(HELD))}")
        self.check_selectors()
        if self.when:
            self.condition()

    def condition(self) -> Expression | None:
        """The condition compiled, None without one; raises ValueError."""
        if not self.when:
            return None
        try:
            return compile_expression(self.when, _VARIABLES)
        except ValueError as error:
            raise ValueError(f"when: {error}") from None


class Webhook(Settings):
    """Where it is told that a call waits for an operator."""

    url: str
    """Receives a POST with JSON for every call that begins to wait."""
    secret: Secret | None = None
    """Signs it as the Standard Webhooks specification says: `whsec_` and at least 24 bytes as base64."""
    arguments: bool = False
    """Whether the call's arguments are sent along; they may hold what only operators should read."""
    timeout: Duration = Duration(5)
    """How long it may take to answer; it is tried three times."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("`url` starts with http:// or https:// and names a host")
        self.key()

    def key(self) -> bytes:
        """What signs, empty without a secret; raises ValueError."""
        if self.secret is None:
            return b""
        text = self.secret.reveal()
        try:
            found = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            found = b""
        if not text.startswith(_PREFIX) or len(found) < _SHORTEST_SECRET:
            raise ValueError(f"`secret` is `whsec_` followed by at least {_SHORTEST_SECRET} bytes as base64")
        return found


class ApprovalSettings(Settings):
    """Calls that wait until a person has approved exactly them."""

    rules: tuple[ApprovalRule, ...] = ()
    """What needs approval; the first rule that fits counts."""
    wait: Duration = Duration(30)
    """How long a call is held; then its caller is told to make the same call again later."""
    pending: Duration = Duration(3600)
    """How long an operator may take to decide."""
    granted: Duration = Duration(600)
    """How long a decision lasts: an approved call is made within this time, once; a denied one is not asked for again
    before it has passed."""
    passing: tuple[str, ...] = ("*/toolUseId",)
    """Members of a call's `_meta` that are another one each time (globs), and so do not make another call of it; trace
    contexts never do."""
    most: int = 32
    """Calls of one caller that may wait for operators at a time; further ones are refused."""
    webhook: Webhook | None = None
    """Tells operators of calls that wait."""

    def __post_init__(self) -> None:
        if not 0 <= self.wait <= 300:
            raise ValueError("`wait` is at most 5m: clients give up before")
        if self.pending < 1 or self.granted < 1:
            raise ValueError("`pending` and `granted` are at least a second")
        if self.most < 1:
            raise ValueError("`most` is at least 1")
