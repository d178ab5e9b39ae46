"""A new table is checked before it takes the place of another."""

import json
from pathlib import Path

import pytest

from tests.llm.test_model_table import SMALL
from trigate.cli.catalog.renewal import renew
from trigate.llm.fact_book import open_table

API = {"lab": {"models": {"big": {"limit": {"context": 5}, "cost": {"input": 1, "output": 1}}, "new": {}}}}


def test_a_table_is_put_where_there_was_none_and_compared_with_the_built_in_one(tmp_path: Path):
    path = tmp_path / "models.json"
    change = renew(SMALL, "small.json", path)
    assert path.read_bytes() == SMALL
    assert (change.models, change.providers, change.new) == (2, 2, 2)
    assert change.gone > 5000
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["models.json"]


def test_the_data_of_models_dev_is_made_into_a_table(tmp_path: Path):
    path = tmp_path / "models.json"
    path.write_bytes(SMALL.replace(b'"Big"', b'"big"'))
    change = renew(json.dumps(API).encode(), "https://models.dev/api.json", path)
    assert (change.models, change.new, change.gone, change.priced) == (2, 1, 1, 1)
    table = open_table(str(path))
    assert table.source == "https://models.dev/api.json, in the form of models.dev"
    assert "MIT License" in table.notice
    facts = table.facts("lab", "big")
    assert facts is not None
    assert facts.context == 5


@pytest.mark.parametrize("data", [b"", b"{}", SMALL.replace(b"tip", b"xyz"), b'{"a":{"models":{}}}'])
def test_what_is_no_table_leaves_the_old_one(data: bytes, tmp_path: Path):
    path = tmp_path / "models.json"
    path.write_bytes(SMALL)
    with pytest.raises(ValueError, match="this"):
        renew(data, "x", path)
    assert path.read_bytes() == SMALL
    assert [each.name for each in tmp_path.iterdir()] == ["models.json"]


def test_a_broken_table_can_be_replaced(tmp_path: Path):
    path = tmp_path / "models.json"
    path.write_bytes(b"broken")
    assert renew(SMALL, "small.json", path).new == 2
