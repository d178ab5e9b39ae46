"""Whose something is that a provider keeps."""

from trigate.core.principal import Principal
from trigate.llm.state_settings import Per


def owner_of(principal: Principal, per: Per) -> str:
    """Who may see what this caller makes: its team, its user or its key alone, as far as it has one.

    An end user for whom a key speaks is a user of his own.
    """
    organisation, on_behalf_of = principal.organisation, principal.on_behalf_of
    if per == "team" and principal.team:
        return _joined("team", organisation, principal.team, on_behalf_of)
    if per != "key" and principal.user:
        return _joined("user", organisation, principal.user, on_behalf_of)
    return _joined("key", organisation, principal.key_id or principal.key, on_behalf_of)


def _joined(*parts: str) -> str:
    # Each with its length, so that no two callers read alike.
    return "/".join(f"{len(each)}:{each}" for each in parts)
