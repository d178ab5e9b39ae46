"""Cookies that no other site can set or read, and forms that no other page can send."""

import pytest

from trigate.core.errors import Forbidden
from trigate.portal.browser import Browsers
from trigate.portal.visit import Visit

URL = "https://gateway.example"
BROWSERS = Browsers(URL, b"key" * 8)


def visit(**fields: str) -> Visit:
    return Visit(page="x", method="POST", path="/x", fields={name.replace("_", "-"): v for name, v in fields.items()})


def cookie_of(headers: list[tuple[bytes, bytes]]) -> str:
    return headers[0][1].decode().partition(";")[0]


def test_cookies_are_bound_to_this_host_over_tls():
    ((name, value),) = BROWSERS.set_cookie("session", "s", 60)
    assert name == b"set-cookie"
    assert value == b"__Host-trigate-session=s; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
    assert b"Max-Age=0" in BROWSERS.set_cookie("session", "", 60)[0][1]


def test_on_loopback_without_tls_browsers_take_no_prefix():
    value = Browsers("http://127.0.0.1:8080", b"k").set_cookie("session", "s", 60)[0][1]
    assert value == b"trigate-session=s; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("__Host-trigate-session=s", "s"),
        ("a=b; __Host-trigate-session=s; c=d", "s"),
        ("__Host-trigate-session=s; __Host-trigate-session=t", ""),
        ("trigate-session=s", ""),
        ("", ""),
    ],
)
def test_a_cookie_is_read_if_it_can_only_be_that_one(text: str, found: str):
    assert BROWSERS.cookie(visit(cookie=text), "session") == found


def test_a_browser_is_greeted_once():
    browser, told = BROWSERS.greet(visit())
    again = BROWSERS.greet(visit(cookie=cookie_of(told)))
    assert again == (browser, [])
    assert BROWSERS.greet(visit(cookie="__Host-trigate-browser=short"))[1]


def test_a_form_is_good_for_its_browser_and_purpose():
    browser, told = BROWSERS.greet(visit())
    form = {"form": BROWSERS.proof(browser, "login")}
    BROWSERS.check(visit(cookie=cookie_of(told)), form, "login")
    BROWSERS.check(visit(cookie=cookie_of(told), origin=URL, sec_fetch_site="same-origin"), form, "login")
    refused = [
        (visit(cookie=cookie_of(told)), {}, "login"),
        (visit(cookie=cookie_of(told)), form, "logout"),
        (visit(cookie=cookie_of(BROWSERS.greet(visit())[1])), form, "login"),
        (visit(), {"form": BROWSERS.proof("", "login")}, "login"),
        (visit(cookie=cookie_of(told), origin="https://evil.example"), form, "login"),
        (visit(cookie=cookie_of(told), origin="null"), form, "login"),
        (visit(cookie=cookie_of(told), sec_fetch_site="cross-site"), form, "login"),
        (visit(cookie=cookie_of(told), sec_fetch_site="same-site"), form, "login"),
    ]
    for sent, fields, purpose in refused:
        with pytest.raises(Forbidden):
            BROWSERS.check(sent, fields, purpose)
