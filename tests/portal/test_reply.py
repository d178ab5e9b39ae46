"""Header fields of public pages, and places that browsers are led to."""

import pytest

from trigate.portal.reply import document, origin_for_forms, preflight, redirect, sheet


def test_no_page_can_be_framed_or_kept_or_run_what_is_not_its_own():
    fields = dict(sheet("<p>hello").headers)
    policy = fields[b"content-security-policy"].decode()
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert policy.endswith("form-action 'self'")
    assert fields[b"x-frame-options"] == b"DENY"
    assert fields[b"cache-control"] == b"no-store"
    assert fields[b"referrer-policy"] == b"same-origin"
    assert b"access-control-allow-origin" not in fields


def test_forms_lead_on_to_the_one_further_place():
    policy = dict(sheet("", forms="https://client.example").headers)[b"content-security-policy"]
    assert policy.endswith(b"form-action 'self' https://client.example")


def test_documents_are_for_programs_of_any_origin():
    made = document({"a": 1}, 400)
    assert (made.status, made.body) == (400, b'{"a":1}')
    assert dict(made.headers)[b"access-control-allow-origin"] == b"*"
    assert dict(preflight().headers)[b"access-control-allow-methods"] == b"GET, POST, OPTIONS"


@pytest.mark.parametrize("url", ["https://a.example/\r\nset-cookie: x=1", "https://a.example/a b", "https://ä.example"])
def test_nothing_but_a_place_goes_into_a_redirect(url: str):
    with pytest.raises(ValueError, match=r"printable|ascii"):
        redirect(url)


@pytest.mark.parametrize(
    ("url", "named"),
    [("https://a.example:8443/x?y", "https://a.example:8443"), ("cursor://anysphere/callback", "cursor:")],
)
def test_where_a_form_leads_is_named_as_policies_do(url: str, named: str):
    assert origin_for_forms(url) == named
