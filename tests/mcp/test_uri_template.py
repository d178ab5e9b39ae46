"""Addresses that a template may have made."""

import pytest

from trigate.mcp.uri_template import is_made_from


@pytest.mark.parametrize(
    ("template", "uri", "made"),
    [
        ("file:///{path}", "file:///a/b", True),
        ("file:///{path}", "git:///a", False),
        ("a/{x}/b", "a/1/b", True),
        ("a/{x}/b", "a/1/c", False),
        ("a/b", "a/b", True),
        ("x" * 2000 + "{y}", "x" * 2000 + "z", True),
    ],
)
def test_an_address_fits_its_template(template: str, uri: str, made: bool):
    assert is_made_from(template, uri) is made
