"""`${vault:…}`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.config.secret_stores.fake import serving
from trigate.config.secret_stores.vault import read

TOKEN = "vault-token-canary"


def store(method: str, target: str, fields: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    if target in ("/v1/auth/approle/login", "/v1/auth/kubernetes/login"):
        login = msgspec.json.decode(body)
        good = login in ({"role_id": "r", "secret_id": "s"}, {"role": "gate", "jwt": "proof"})
        return (200, {"auth": {"client_token": TOKEN}}) if good else (400, {"errors": ["no"]})
    if fields.get("x-vault-token") != TOKEN:
        return 403, {"errors": ["permission denied"]}
    if target == "/v1/secret/data/openai":
        return 200, {"data": {"data": {"api_key": "k2", "org": "o"}, "metadata": {"version": 3}}}
    if target == "/v1/kv/openai":
        return 200, {"data": {"api_key": "k1"}}
    if target == "/v1/broken":
        return 200, b"no json"
    return 404, {"errors": []}


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("secret/data/openai#api_key", "k2"),
        ("secret/openai#api_key", "k2"),
        ("/secret/openai#org", "o"),
        ("kv/openai#api_key", "k1"),
        ("kv/openai", "k1"),
    ],
)
def test_a_secret_is_read_from_engines_of_both_versions(reference: str, found: str) -> None:
    with serving(store) as url:
        assert read(reference, {"VAULT_ADDR": url, "VAULT_TOKEN": TOKEN}) == found


def test_a_role_logs_in(tmp_path: Path) -> None:
    proof = tmp_path / "token"
    proof.write_text("proof\n")
    with serving(store) as url:
        assert read("kv/openai", {"VAULT_ADDR": url, "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s"}) == "k1"
        kubernetes = {"VAULT_ADDR": url, "VAULT_K8S_ROLE": "gate", "VAULT_K8S_TOKEN_PATH": str(proof)}
        assert read("kv/openai", kubernetes) == "k1"


@pytest.mark.parametrize(
    ("reference", "variables", "message"),
    [
        ("kv/openai#none", {"VAULT_TOKEN": TOKEN}, "no field 'none'"),
        ("secret/openai", {"VAULT_TOKEN": TOKEN}, "name a field"),
        ("kv/nothing#x", {"VAULT_TOKEN": TOKEN}, "404"),
        ("kv/openai#x", {"VAULT_TOKEN": "wrong-canary"}, "403"),
        ("kv/openai#x", {}, "VAULT_TOKEN"),
        ("kv/openai#x", {"VAULT_ROLE_ID": "x", "VAULT_SECRET_ID": "y-canary"}, "400 to the gateway's login"),
        ("broken#x", {"VAULT_TOKEN": TOKEN}, "not understood"),
        ("#x", {"VAULT_TOKEN": TOKEN}, "names no secret"),
    ],
)
def test_what_cannot_be_read_is_told_without_secrets(reference: str, variables: dict[str, str], message: str) -> None:
    with serving(store) as url, pytest.raises(ValueError, match=message) as refused:
        read(reference, {"VAULT_ADDR": url} | variables)
    assert "canary" not in str(refused.value)


def test_a_vault_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="cannot be asked"):
        read("kv/openai", {"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": TOKEN})
    with pytest.raises(ValueError, match="VAULT_ADDR"):
        read("kv/openai", {"VAULT_TOKEN": TOKEN})
