"""A registry's document as an entry: inputs become references, and nothing of it chooses what is started."""

from typing import Any

import pytest

from trigate.config.registry_entry import is_registry_document, registry_entry
from trigate.core.errors import BadConfig


def document(**more: Any) -> dict[str, Any]:
    return {"name": "io.example/search", "version": "1.0.0", **more}


def package(**more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"registryType": "npm", "identifier": "@example/search", "version": "1.0.0", **more}
    return registry_entry(document(packages=[found]), True)[1]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("npm", ["npx", "-y", "@example/search@1.0.0"]),
        ("pypi", ["uvx", "@example/search@1.0.0"]),
        ("nuget", ["dnx", "--yes", "@example/search@1.0.0"]),
    ],
)
def test_each_registry_has_its_runner(kind: str, words: list[str]):
    entry = package(registryType=kind)
    assert [entry["command"], *entry["args"]] == words


def test_a_registry_does_not_choose_the_program():
    assert package(runtimeHint="/bin/sh")["command"] == "npx"
    assert package(runtimeHint="bunx")["command"] == "bunx"


@pytest.mark.parametrize(
    "wrong", [{"identifier": "--evil"}, {"identifier": "a b"}, {"version": "1 --evil"}, {"registryType": "mcpb"}]
)
def test_what_could_be_taken_for_an_option_is_not_run(wrong: dict[str, Any]):
    with pytest.raises(BadConfig, match="neither a package that runs here"):
        package(**wrong)


def test_inputs_become_values_references_or_nothing():
    entry = package(
        environmentVariables=[
            {"name": "API_KEY", "isSecret": True},
            {"name": "REGION", "isRequired": True},
            {"name": "LEVEL", "default": "info"},
            {"name": "SECRET", "isSecret": True, "value": "canary"},
            {"name": "URL", "value": "https://{host}/x", "variables": {"host": {"isRequired": True}}},
            {"name": "OPTIONAL"},
        ],
        runtimeArguments=[{"type": "named", "name": "--registry", "value": "https://r.example"}],
        packageArguments=[
            {"type": "positional", "value": "serve"},
            {"type": "positional", "valueHint": "folder", "isRequired": True},
            {"type": "positional", "valueHint": "extra"},
            {"type": "named", "name": "--port", "default": "80"},
            {"type": "named", "name": "--verbose"},
        ],
    )
    assert entry["env"] == {
        "API_KEY": "${API_KEY}", "REGION": "${REGION}", "LEVEL": "info", "SECRET": "${SECRET}", "URL": "https://${SEARCH_HOST}/x",
    }  # fmt: skip
    assert entry["args"] == [
        "-y", "--registry", "https://r.example", "@example/search@1.0.0", "serve", "${SEARCH_FOLDER}",
        "--port", "80", "--verbose",
    ]  # fmt: skip


def test_an_address_has_its_placeholders_and_headers():
    remote = {
        "type": "streamable-http",
        "url": "https://{tenant}.example/mcp",
        "variables": {"tenant": {"default": "eu"}},
        "headers": [{"name": "Authorization", "isSecret": True, "value": "Bearer {token}"}, {"name": "X-Other"}],
    }
    name, entry = registry_entry(document(remotes=[{"type": "sse", "url": "https://old"}, remote]), False)
    assert name == "search"
    assert entry["url"] == "https://eu.example/mcp"
    assert entry["headers"] == {"Authorization": "Bearer ${SEARCH_TOKEN}"}


def test_an_address_of_the_transport_before_streamable_http_is_better_than_none():
    older = {"type": "sse", "url": "https://old.example/sse"}
    assert registry_entry(document(remotes=[older]), False)[1]["url"] == "https://old.example/sse"
    package = {"registryType": "npm", "identifier": "search", "version": "1.0.0"}
    assert "command" in registry_entry(document(remotes=[older], packages=[package]), False)[1]


@pytest.mark.parametrize(
    ("identifier", "version", "image"),
    [
        ("ghcr.io/a/b", "1.0", "ghcr.io/a/b:1.0"),
        ("ghcr.io/a/b:2", "1.0", "ghcr.io/a/b:2"),
        ("localhost:5000/a", f"sha256:{'a' * 64}", f"localhost:5000/a@sha256:{'a' * 64}"),
        ("ghcr.io/a/b", "", "ghcr.io/a/b"),
    ],
)
def test_an_image_keeps_the_version_it_names(identifier: str, version: str, image: str):
    assert package(registryType="oci", identifier=identifier, version=version)["image"] == image


def test_older_documents_are_read_too():
    inputs = [{"name": "A", "is_required": True}]
    packed = {"registry_name": "npm", "name": "search", "version": "1.0.0", "environment_variables": inputs}
    old = {"name": "io.example/search", "packages": [packed]}
    entry = registry_entry({"server": old}, False)[1]
    assert (entry["args"], entry["env"]) == (["-y", "search@1.0.0"], {"A": "${A}"})


@pytest.mark.parametrize(
    ("content", "is_one"), [({}, False), ({"name": "x"}, False), ({"name": "x", "packages": []}, True), ([], False)]
)
def test_other_documents_are_told_apart(content: Any, is_one: bool):
    assert is_registry_document(content) is is_one
