"""Describes the built-in authorization server (RFC 8414), also where OpenID Connect Discovery looks."""

from collections.abc import Iterable

from trigate.policy.scope import SCOPES
from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.pages.token import NAMES
from trigate.portal.reply import document, preflight
from trigate.portal.visit import Answer, Visit

METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
ASSERTIONS = ("ES256", "ES384", "EdDSA", "PS256", "RS256")


class AuthorizationServer:
    """`/.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`."""

    def __init__(self, settings: AuthorizationSettings, url: str, grants: Iterable[str]) -> None:
        """`grants` are the names of the files of those there are."""
        self._described = {
            "issuer": url,
            "authorization_endpoint": f"{url}/oauth/authorize",
            "token_endpoint": f"{url}/oauth/token",
            "revocation_endpoint": f"{url}/oauth/revoke",
            "jwks_uri": f"{url}/oauth/keys",
            "scopes_supported": SCOPES,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [NAMES[each] for each in grants],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": METHODS,
            "token_endpoint_auth_signing_alg_values_supported": ASSERTIONS,
            "revocation_endpoint_auth_methods_supported": METHODS,
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": settings.client_documents,
        }
        if settings.registration:
            self._described["registration_endpoint"] = f"{url}/oauth/register"
        if settings.trust:
            self._described["authorization_grant_profiles_supported"] = ["urn:ietf:params:oauth:grant-profile:id-jag"]

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        return preflight() if visit.method == "OPTIONS" else document(self._described)
