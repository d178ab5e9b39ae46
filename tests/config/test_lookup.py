"""Stores of secrets behind references in the file."""

from pathlib import Path

import pytest

from tests.config.secret_stores.fake import serving
from trigate.config import lookup
from trigate.config.load import load_text
from trigate.config.problem import InvalidConfig

TEXT = "policy: { keys: { dev: { secret: '${vault:kv/key#secret}' }, ops: { secret: '${vault:kv/key#secret}x' } } }\n"


def test_every_source_is_found_by_its_word() -> None:
    assert lookup.names() == ["aws", "azure", "gcp", "vault"]
    assert all(lookup.find(name) is not None for name in lookup.names())
    assert lookup.find("file") is None


def test_a_reference_is_asked_for_once_per_load() -> None:
    asked = list[str]()

    def answer(method: str, target: str, fields: object, body: bytes) -> tuple[int, object]:
        asked.append(target)
        return 200, {"data": {"secret": "a-secret-of-the-vault"}}

    with serving(answer) as url:
        config = load_text(TEXT, "trigate.yaml", {"VAULT_ADDR": url, "VAULT_TOKEN": "t"})
    assert config.policy.keys["ops"].secret.reveal() == "a-secret-of-the-vaultx"
    assert asked == ["/v1/kv/key"]


def test_a_reference_that_leads_nowhere_is_a_problem_with_its_line() -> None:
    with pytest.raises(InvalidConfig, match=r"trigate.yaml:1.*policy.keys.dev.secret.*VAULT_ADDR"):
        load_text(TEXT, "trigate.yaml", {"VAULT_TOKEN": "t"})


def test_a_variable_may_be_called_like_a_source() -> None:
    text = "store: { directory: '${vault:-here}' }\n"
    assert load_text(text, "trigate.yaml", {}, Path()).store.directory == "here"


@pytest.mark.parametrize(
    ("text", "field", "found"), [("x", "", "x"), ('{"a":"b"}', "a", "b"), ('{"a":{"c":1}}', "a", '{"c":1}')]
)
def test_a_field_of_an_object_is_picked(text: str, field: str, found: str) -> None:
    assert lookup.pick(text, field) == found
