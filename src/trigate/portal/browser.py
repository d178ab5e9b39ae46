"""What a browser carries, and what proves that a form it sends is one that it was given (no cross-site forgery)."""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie

from trigate.core.errors import Forbidden
from trigate.core.parts import Headers
from trigate.portal.visit import Visit

FIELD = "form"
"""The field of every form that holds its proof."""
_YEAR = 365 * 86400


class Browsers:
    """Cookies and proofs of forms."""

    __slots__ = ("_key", "_prefix", "_secure", "_url")

    def __init__(self, url: str, key: bytes) -> None:
        """`url` is the portal's own; `key` proves forms, and is the same in every process."""
        self._url = url
        self._key = key
        self._secure = url.startswith("https:")
        # The prefix binds a cookie to this very host, over TLS only (RFC 6265bis §4.1.3.2).
        self._prefix = "__Host-trigate-" if self._secure else "trigate-"

    def cookie(self, visit: Visit, name: str) -> str:
        """The value of one of the portal's cookies, empty if there is none, or several that could be meant."""
        text = visit.fields.get("cookie", "")
        if text.count(f"{self._prefix}{name}=") != 1:
            return ""
        try:
            found = SimpleCookie(text).get(self._prefix + name)
        except CookieError:
            return ""
        return found.value if found is not None else ""

    def set_cookie(self, name: str, value: str, seconds: float) -> Headers:
        """Have the browser carry it for so long; a value that is empty takes it away."""
        parts = [f"{self._prefix}{name}={value}", "Path=/", f"Max-Age={int(seconds) if value else 0}", "HttpOnly"]
        parts += ["SameSite=Lax", *(["Secure"] if self._secure else [])]
        return [(b"set-cookie", "; ".join(parts).encode("ascii"))]

    def greet(self, visit: Visit) -> tuple[str, Headers]:
        """What the browser is known by before anybody logs in, and the header fields that tell it if that is new."""
        known = self.cookie(visit, "browser")
        if len(known) == len(secrets.token_urlsafe(32)):
            return known, []
        fresh = secrets.token_urlsafe(32)
        return fresh, self.set_cookie("browser", fresh, _YEAR)

    def proof(self, browser: str, purpose: str) -> str:
        """What a form for this browser and purpose holds."""
        said = f"{len(purpose)}:{purpose}:{browser}".encode()
        return hmac.new(self._key, said, sha256).hexdigest()

    def check(self, visit: Visit, form: Mapping[str, str], purpose: str) -> None:
        """Raises Forbidden unless the form was given to this browser for this purpose, and comes from our own page."""
        origin, site = visit.fields.get("origin", self._url), visit.fields.get("sec-fetch-site", "same-origin")
        browser = self.cookie(visit, "browser")
        expected = self.proof(browser, purpose) if browser else ""
        proved = bool(expected) and hmac.compare_digest(expected.encode(), form.get(FIELD, "").encode())
        if origin != self._url or site not in ("same-origin", "none") or not proved:
            raise Forbidden("this form is too old, or was sent from another page: go back, load it again and repeat")
