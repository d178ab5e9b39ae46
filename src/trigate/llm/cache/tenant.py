"""Who shares answers with whom."""

from trigate.core.principal import Principal
from trigate.llm.cache_settings import Per

Tenant = tuple[str, ...]


def tenant_of(principal: Principal, per: Per) -> Tenant:
    """Whose answers this caller may be given; who does not have what is named shares with nobody but itself."""
    organisation = principal.organisation
    if per == "organisation" and organisation:
        return ("organisation", organisation)
    if per == "team" and principal.team:
        return ("team", organisation, principal.team)
    if per == "user" and principal.user and not principal.on_behalf_of:
        return ("user", organisation, principal.user)
    own = ("key", organisation, principal.team, principal.user, principal.agent, principal.key_id, principal.key)
    return own if per == "key" else (*own, principal.on_behalf_of)
