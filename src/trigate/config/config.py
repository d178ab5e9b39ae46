"""The file as one class: its keys are the packages of the gateway."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from msgspec import field

from trigate.core.settings import Settings

if TYPE_CHECKING:
    from trigate.admin.settings import AdminSettings
    from trigate.api.settings import ApiSettings
    from trigate.inbound.settings import InboundSettings
    from trigate.llm.settings import LlmSettings
    from trigate.mcp.settings import McpSettings
    from trigate.outbound.settings import OutboundSettings
    from trigate.policy.settings import PolicySettings
    from trigate.portal.settings import PortalSettings
    from trigate.process.settings import ProcessSettings
    from trigate.store.settings import StoreSettings
    from trigate.telemetry.settings import TelemetrySettings


def __getattr__(name: str) -> type[Settings]:
    """Import a type of settings when its key is read: a lane that a file does not name is never loaded."""
    if name not in _TYPES:
        raise AttributeError(name)
    package = name.removesuffix("Settings").lower()
    return getattr(import_module(f"trigate.{package}.settings"), name)


def _default(name: str) -> Callable[[], Any]:
    def make() -> Settings:
        return __getattr__(name)()

    return make


class Config(Settings):
    """Everything the gateway is told."""

    inbound: InboundSettings = field(default_factory=_default("InboundSettings"))
    """How callers come in: addresses, TLS, sizes and times."""
    outbound: OutboundSettings = field(default_factory=_default("OutboundSettings"))
    """How upstreams are called: times, pools, TLS, and where the gateway may not connect to."""
    admin: AdminSettings = field(default_factory=_default("AdminSettings"))
    """The port for operators."""
    store: StoreSettings = field(default_factory=_default("StoreSettings"))
    """What outlives a call."""
    process: ProcessSettings = field(default_factory=_default("ProcessSettings"))
    """The gateway's own processes: when one is given up, and the other machines it works with."""
    telemetry: TelemetrySettings = field(default_factory=_default("TelemetrySettings"))
    """Logs, metrics and traces."""
    policy: PolicySettings = field(default_factory=_default("PolicySettings"))
    """What every call must pass: who may call, and what they may do."""
    api: ApiSettings | None = None
    """Service traffic: routes to services. Without this key the lane is not loaded."""
    llm: LlmSettings | None = None
    """Model traffic: providers and models. Without this key the lane is not loaded."""
    mcp: McpSettings | None = None
    """Tool traffic: servers and endpoints. Without this key the lane is not loaded."""
    portal: PortalSettings | None = None
    """Public pages: logging in, consent, metadata for clients. Without this key there are none."""

    def __post_init__(self) -> None:
        if self.mcp is not None and self.mcp.authorization is not None and self.portal is None:
            raise ValueError("`mcp.authorization` needs `portal.url`: tokens name the address of an endpoint")


_TYPES = {f"{key.capitalize()}Settings" for key in Config.__struct_fields__}
