"""How a server lets people in: its own metadata, and that of its authorization server (RFC 9728, RFC 8414)."""

from urllib.parse import urlsplit

from msgspec import Struct

from trigate.core.errors import CredentialFailed
from trigate.outbound.oauth.reach import Reach, origin_of

_PROTECTED = "/.well-known/oauth-protected-resource"
_OAUTH = "/.well-known/oauth-authorization-server"
_OPENID = "/.well-known/openid-configuration"


class Resource(Struct, frozen=True):
    """Protected resource metadata (RFC 9728 §2), as far as it matters."""

    resource: str = ""
    authorization_servers: tuple[str, ...] = ()
    scopes_supported: tuple[str, ...] = ()


class AuthorizationServer(Struct, frozen=True):
    """Authorization server metadata (RFC 8414 §2), as far as it matters."""

    issuer: str
    token_endpoint: str = ""
    authorization_endpoint: str = ""
    registration_endpoint: str = ""
    revocation_endpoint: str = ""
    scopes_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    code_challenge_methods_supported: tuple[str, ...] = ()
    client_id_metadata_document_supported: bool = False
    authorization_response_iss_parameter_supported: bool = False


class Found(Struct, frozen=True):
    """Both."""

    resource: Resource
    server: AuthorizationServer


async def discover(reach: Reach, url: str, metadata: str = "", issuer: str = "") -> Found:
    """What stands before the server at `url`; `metadata` is where its challenge said its metadata lies.

    `issuer` is the only authorization server that will do, if it is not empty. Raises CredentialFailed if the
    documents contradict each other, and UpstreamFailed if they cannot be had.
    """
    resource = await _resource(reach, url, metadata)
    if resource is None:
        if _taken_apart(issuer)[1]:  # one of several at its origin: it says of itself where things are
            return Found(Resource(resource=url), await server_metadata(reach, issuer))
        # 2025-03-26 knew no such document: the server's origin was its authorization server.
        return Found(Resource(resource=url), await _legacy(reach, issuer or origin_of(url)))
    if not covers(resource.resource, url):
        raise CredentialFailed(f"its metadata is about another server, {origin_of(resource.resource)}: nothing is sent")
    servers = resource.authorization_servers
    if issuer and issuer not in servers:
        raise CredentialFailed(f"it does not accept tokens of {issuer}, the `issuer` of its credential, any more")
    if not servers:
        raise CredentialFailed("its metadata names no authorization server")
    return Found(resource, await server_metadata(reach, issuer or servers[0]))


async def server_metadata(reach: Reach, issuer: str) -> AuthorizationServer:
    """The metadata of an authorization server; raises CredentialFailed if there is none of exactly this issuer."""
    for place in metadata_places(issuer):
        found = await reach.fetch(place, AuthorizationServer)
        if found is None:
            continue
        if found.issuer != issuer:  # RFC 8414 §3.3: identical, not just equivalent
            raise CredentialFailed(f"the metadata of {issuer} is that of another issuer: nothing is sent")
        if not found.token_endpoint:
            raise CredentialFailed(f"the metadata of {issuer} names no token endpoint")
        return found
    raise CredentialFailed(f"the authorization server {issuer} has no metadata")


def metadata_places(issuer: str) -> list[str]:
    """Where an authorization server's metadata may lie, in the order in which one looks (2025-11-25, authorization)."""
    origin, path = _taken_apart(issuer)
    if not path:
        return [origin + _OAUTH, origin + _OPENID]
    return [origin + _OAUTH + path, origin + _OPENID + path, origin + path + _OPENID]


def resource_places(url: str) -> list[str]:
    """Where a server's own metadata may lie if no challenge says (RFC 9728 §3.1)."""
    origin, path = _taken_apart(url)
    return [origin + _PROTECTED + path, origin + _PROTECTED] if path else [origin + _PROTECTED]


def covers(resource: str, url: str) -> bool:
    """Whether a resource is the server at `url`, or one above it: the same origin, and whole segments of its path."""
    if origin_of(resource) != origin_of(url):
        return False
    own, path = urlsplit(resource).path.rstrip("/"), urlsplit(url).path.rstrip("/")
    return path == own or path.startswith(own + "/")


async def _resource(reach: Reach, url: str, metadata: str) -> Resource | None:
    for place in [metadata] if metadata else resource_places(url):
        found = await reach.fetch(place, Resource)
        if found is not None:
            return found
    if metadata:
        raise CredentialFailed("the metadata that its challenge names is not there")
    return None


async def _legacy(reach: Reach, issuer: str) -> AuthorizationServer:
    """As 2025-03-26 had it: metadata at the root, and agreed addresses where there is none."""
    origin = origin_of(issuer)
    found = await reach.fetch(origin + _OAUTH, AuthorizationServer)
    if found is not None and found.issuer != origin:
        raise CredentialFailed(f"the metadata of {origin} is that of another issuer: nothing is sent")
    return found or AuthorizationServer(
        issuer=origin,
        token_endpoint=f"{origin}/token",
        authorization_endpoint=f"{origin}/authorize",
        registration_endpoint=f"{origin}/register",
        token_endpoint_auth_methods_supported=("none", "client_secret_post"),
        code_challenge_methods_supported=("S256",),
    )


def _taken_apart(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
