"""A person at a browser without scripts: follows links, fills in forms as they are shown, keeps cookies."""

import http.client
import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from tests.patience import PATIENCE

PASSWORD = "correct horse"


class Person:
    """Uses the portal of one gateway."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}
        self.status = 0
        self.page = ""
        self.place = ""
        self.tools: tuple[str, ...] = ()
        """Those, as `SERVER/TOOL`, that clients are let use; all that they ask for if empty."""

    def visit(self, target: str, form: dict[str, str] | None = None) -> None:
        """Go there, and on where it leads, as far as that is this gateway."""
        place = urljoin(self.url, target)
        while place.startswith(self.url + "/"):
            self.place = place
            place = self._ask(place, form)
            form = None
        self.place = place or self.place

    def send(self, path: str, **fields: str) -> None:
        """Fill in the form that leads there and has these fields, and send it."""
        for action, inside in re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', self.page, re.DOTALL):
            hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inside)
            if action == path and set(fields) <= set(re.findall(r' name="([^"]*)"', inside)):
                self.visit(path, {name: unescape(value) for name, value in hidden} | fields)
                return
        raise AssertionError(f"no form leads to {path}:\n{self.page}")

    def let_in(self, address: str, user: str = "ada") -> dict[str, str]:
        """Open what a client asks to open, log in if need be, agree; what the client gets."""
        self.visit(address)
        if self.place.startswith(f"{self.url}/oauth/login"):
            self.send("/oauth/login", user=user, password=PASSWORD)
        assert "wants to use tools in your name" in self.page, self.page
        boxes = {unescape(place): field for field, place in re.findall(r'name="(tool-\d+)" value="([^"]*)"', self.page)}
        chosen = {boxes[each]: each for each in self.tools} | ({"tools": "some"} if self.tools else {})
        self.send("/oauth/authorize", answer="yes", **chosen)
        return {name: values[0] for name, values in parse_qs(urlsplit(self.place).query).items()}

    def _ask(self, place: str, form: dict[str, str] | None) -> str:
        parts = urlsplit(place)
        connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
        headers = {"accept": "text/html", "cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if form is not None:
            headers |= {"content-type": "application/x-www-form-urlencoded", "origin": self.url}
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            connection.request("GET" if form is None else "POST", target, urlencode(form or {}) or None, headers)
            answer = connection.getresponse()
            self.status, self.page = answer.status, answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        onward = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]*)">', self.page)
        found = answer.headers.get("location") or (unescape(onward[1]) if onward else "")
        return urljoin(place, found) if found else ""
