"""Redaction: secrets are struck out wherever they stand, what the settings name with them, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.log_settings import LogSettings
from trigate.llm.redaction import STRUCK, Redaction

CANARY = "canary-secret-0123456789"
PLAIN = Redaction(LogSettings(), [CANARY, "short"])


@pytest.mark.parametrize(
    "secret",
    [
        CANARY,
        "tg_" + "a1B2" * 10,
        "sk-proj-abcdefghijklmnop1234",
        "sk-ant-api03-abcdefghijklmnop",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA-1234567890abcdefghijklmnopqrstuv",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "xoxb-123456789012-abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ncut off",
        "Bearer abcdefghijklmnop0123",
    ],
)
def test_secrets_are_struck_out_of_any_text(secret: str):
    found = PLAIN.text(f"before {secret} after")
    assert secret not in found
    assert found.startswith("before [struck]")
    assert PLAIN.value({"a": [secret], secret: 1}) == {"a": [PLAIN.text(secret)], PLAIN.text(secret): 1}


def test_a_password_in_a_url_goes_and_the_url_stays():
    assert PLAIN.text("postgres://ann:hunter22@db/x") == "postgres://[struck]@db/x"


@pytest.mark.parametrize("text", ["a short word", "sk-short", "risk-management-of-large-plans", "1.5e10", "tg_x"])
def test_what_is_no_secret_stays(text: str):
    assert PLAIN.text(text) == text


@pytest.mark.parametrize(
    ("word", "struck", "kept"),
    [
        ("email", "ann.b+c@example.co.uk", "ann at example"),
        ("card", "4111 1111 1111 1111", "4111 1111 1111 1112"),
        ("iban", "GB82 WEST 1234 5698 7654 32", "GB83 WEST 1234 5698 7654 32"),
        ("phone", "+49 (30) 901820", "chapter 12"),
        ("ip", "192.168.0.17", "version 1.2.3"),
        ("ip", "2001:db8::8a2e:370:7334", "at 12:30"),
        (r"ACC-\d{6}", "ACC-123456", "ACC-12"),
    ],
)
def test_what_the_settings_name_is_struck_out_if_it_is_that(word: str, struck: str, kept: str):
    redaction = Redaction(LogSettings(redact=[word]))
    assert redaction.text(f"see {struck}.") == f"see {STRUCK}."
    assert redaction.text(f"see {kept}.") == f"see {kept}."
    assert PLAIN.text(struck) == struck


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("messages.*.content", {"messages": [{"role": "u", "content": STRUCK}], "metadata": {"a": {"b": 1}}}),
        ("metadata.a", {"messages": [{"role": "u", "content": "x"}], "metadata": {"a": STRUCK}}),
        ("metadata.*.b", {"messages": [{"role": "u", "content": "x"}], "metadata": {"a": {"b": STRUCK}}}),
        ("messages.role", {"messages": [{"role": "u", "content": "x"}], "metadata": {"a": {"b": 1}}}),
        ("none.*.b", {"messages": [{"role": "u", "content": "x"}], "metadata": {"a": {"b": 1}}}),
    ],
)
def test_members_are_struck_out_by_their_path(path: str, found: dict[str, Any]):
    body = {"messages": [{"role": "u", "content": "x"}], "metadata": {"a": {"b": 1}}}
    assert Redaction(LogSettings(strike=[path])).value(body) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.text(max_size=5), st.text(max_size=5))
def test_no_secret_is_left_anywhere(body: Any, before: str, after: str):
    hidden = {"a": body, "b": [f"{before}{CANARY}{after}", {before + CANARY: after}]}
    redaction = Redaction(LogSettings(redact=["email", "phone", "card", "iban", "ip"], strike=["*.x", "a.*"]), [CANARY])
    assert CANARY not in str(redaction.value(hidden))
