"""What clients declare, read and declared again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from trigate.mcp.profile import (
    APPS,
    FORM,
    MUTE,
    ROOTS,
    SAMPLING,
    SAMPLING_CONTEXT,
    SAMPLING_TOOLS,
    TASKS,
    URL,
    declare,
    declared_text,
    needs,
    read_profile,
)
from trigate.mcp.version import MODERN


@pytest.mark.parametrize(
    ("declared", "profile"),
    [
        ({}, MUTE),
        ({"elicitation": {}}, FORM),
        ({"elicitation": {"form": {}}}, FORM),
        ({"elicitation": {"url": {}}}, URL),
        ({"elicitation": {"form": {}, "url": {}}, "roots": {"listChanged": True}}, FORM | URL | ROOTS),
        ({"sampling": {}}, SAMPLING),
        ({"sampling": {"tools": {}, "context": {}}}, SAMPLING | SAMPLING_TOOLS | SAMPLING_CONTEXT),
        ({"extensions": {"io.modelcontextprotocol/tasks": {}, "io.modelcontextprotocol/ui": {"x": 1}}}, TASKS | APPS),
        ({"elicitation": None, "sampling": 1, "roots": [], "extensions": {"x/y": {}}}, MUTE),
        ([], MUTE),
    ],
)
def test_what_is_declared_is_read(declared: object, profile: int):
    assert read_profile(Raw(json.dumps(declared).encode()), MODERN) == profile


@given(st.integers(0, 255))
def test_what_is_declared_again_is_what_was_read(profile: int):
    read = read_profile(declared_text(profile), MODERN)
    assert declare(read) == declare(profile)


@pytest.mark.parametrize(
    ("version", "profile"),
    [
        ("2024-11-05", SAMPLING | ROOTS),
        ("2025-03-26", SAMPLING | ROOTS),
        ("2025-06-18", SAMPLING | ROOTS | FORM),
        ("2025-11-25", SAMPLING | ROOTS | FORM | URL | SAMPLING_TOOLS),
    ],
)
def test_nobody_is_asked_what_its_revision_does_not_know(version: str, profile: int):
    declared = b'{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{}}'
    assert read_profile(declared, version) == profile


@pytest.mark.parametrize(
    ("method", "params", "needed"),
    [
        ("elicitation/create", b'{"message":"?"}', FORM),
        ("elicitation/create", b'{"mode":"form"}', FORM),
        ("elicitation/create", b'{"mode":"url"}', URL),
        ("sampling/createMessage", b"{}", SAMPLING),
        ("sampling/createMessage", b'{"tools":[]}', SAMPLING | SAMPLING_TOOLS),
        ("roots/list", b"", ROOTS),
        ("elicitation/create", b"[" * 2000, FORM),
    ],
)
def test_a_question_needs_what_its_kind_was_declared_by(method: str, params: bytes, needed: int):
    assert needs(method, Raw(params)) == needed
