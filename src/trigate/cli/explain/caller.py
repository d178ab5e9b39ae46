"""What holds for one caller who does one thing: access, and limits of the file."""

from collections.abc import Iterator

from trigate.config.config import Config
from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.policy.access import Access


def caller(config: Config, principal: Principal, action: Action) -> Iterator[str]:
    """Whether it may, and which limits of the file hold for it."""
    allowed = Access(config.policy.access, config.policy.access_default).allows(principal, action)
    yield f"  key {principal.key!r} {'may' if allowed else 'may not'} do {action.name} on {action.resource}"
    quotas = [quota for limit in config.policy.limits for quota in limit.quotas()]
    for quota in quotas:
        if quota.selector.fits(principal, action):
            per = ", ".join(each.name for each in quota.scopes)
            shadow = ", only told" if not quota.strict else ""
            yield f"  limit {quota.name}: {quota.describe()}{f', for each {per}' if per else ''}{shadow}"
