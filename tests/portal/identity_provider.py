"""An OpenID provider in this process that logs everybody in as whom the test says."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.policy.issuer import Issuer, SigningKey
from trigate.portal.grants.authorization_code import challenge_of


class IdentityProvider(Issuer):
    """Answers with a code for every login, and with an ID token for every code."""

    def __init__(self) -> None:
        super().__init__(SigningKey("k"))
        self.claims: dict[str, Any] = {"email": "ada", "email_verified": True}
        self.signer = self.keys[0]
        self.logins: dict[str, dict[str, str]] = {}
        self.credentials: list[str] = []
        self.more: dict[str, Any] | None = None
        """What it says at its UserInfo endpoint, None without one."""

    def log_in(self, place: str) -> dict[str, str]:
        """What the browser that was sent to `place` brings back."""
        assert place.startswith(f"{self.url}/authorize?")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.logins)}"
        self.logins[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def answer(self, line: str, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Also the token endpoint."""
        self.description = {
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "authorization_response_iss_parameter_supported": True,
        } | self.description
        if self.more is not None:
            self.description["userinfo_endpoint"] = f"{self.url}/userinfo"
        if line.startswith("GET /userinfo "):
            known = fields.get("authorization") == "Bearer access"
            return (200, {}, json.dumps(self.more).encode()) if known else (401, {}, b"{}")
        if not line.startswith("POST /token "):
            return super().answer(line, fields, body)
        form = dict(parse_qsl(body.decode()))
        asked = self.logins.pop(form["code"], None)
        if asked is None or challenge_of(form["code_verifier"]) != asked["code_challenge"]:
            return 400, {}, b"{}"
        self.credentials.append(base64.b64decode(fields.get("authorization", "Basic ")[6:]).decode())
        claims = {"iss": self.url, "aud": asked["client_id"], "nonce": asked["nonce"], **self.claims}
        granted = {"id_token": self.signer.token(**claims), "access_token": "access", "token_type": "Bearer"}
        return 200, {"content-type": "application/json"}, json.dumps(granted).encode()
