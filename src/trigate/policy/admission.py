"""The last word on who is calling: from where a key is used, and for whom it acts."""

from collections.abc import Awaitable

from trigate.core.errors import Forbidden
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.policy.authenticator import Identified, Identify
from trigate.policy.credential import Credential, read_user
from trigate.policy.directory import Directory


def admitting(identify: Identify) -> Identify:
    """The same proof, after which the key's own conditions are checked and `x-trigate-user` is taken into account."""

    def admit(exchange: Exchange) -> Identified | Awaitable[Identified]:
        found = identify(exchange)
        if found is None:
            return None
        return _admitted(found, exchange) if isinstance(found, Principal) else _later(found, exchange)

    return admit


def binding(identify: Identify, directory: Directory) -> Identify:
    """The same proof, for which callers wait until the rules and limits made at run time hold."""

    def identify_bound(exchange: Exchange) -> Identified | Awaitable[Identified]:
        return identify(exchange) if directory.bound else _when_bound(identify, directory, exchange)

    return identify_bound


async def _when_bound(identify: Identify, directory: Directory, exchange: Exchange) -> Identified:
    await directory.bind()
    found = identify(exchange)
    return found if found is None or isinstance(found, Principal) else await found


async def _later(found: Awaitable[Identified], exchange: Exchange) -> Identified:
    principal = await found
    return None if principal is None else _admitted(principal, exchange)


def _admitted(principal: Principal, exchange: Exchange) -> Principal:
    credential = principal.standing
    if isinstance(credential, Credential):
        credential.check_address(exchange.peer.address)
        user = exchange.request.user
        return credential.on_behalf(principal, read_user(user)) if user else principal
    if exchange.request.user:
        raise Forbidden("only a key that may can act for other users: leave `x-trigate-user` out")
    return principal
