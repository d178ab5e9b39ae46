"""Files: found, decoded, read; whatever they hold, the answer is a Config or a list of problems."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.config.sample import Tree, read
from trigate.config.config import Config
from trigate.config.load import load, load_text, open_config, read_text
from trigate.config.problem import InvalidConfig
from trigate.config.shape import fields

KEYS = [*fields(Config), *fields(Tree), "kind", "url", "<<", "routes", "servers", "models", "keys"]
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(KEYS)
TREES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)


def refused(path: Path) -> str:
    with pytest.raises(InvalidConfig) as caught:
        load(path)
    return caught.value.message


def test_a_file_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRIGATE_KEY", "a-key-that-is-long-enough")
    path = tmp_path / "trigate.yaml"
    path.write_text("policy: { keys: { dev: { secret: '${TRIGATE_KEY}' } } }\n")
    config = load(path)
    assert config.policy.keys["dev"].secret.reveal() == "a-key-that-is-long-enough"
    assert "long-enough" not in repr(config)
    assert open_config(path).substitution.redact("a-key-that-is-long-enough") == "${TRIGATE_KEY}"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path):
    path = tmp_path / "trigate.yaml"
    path.write_bytes(b"\xef\xbb\xbfadmin: {}\n")
    assert read_text(path) == "admin: {}\n"


def test_files_that_stand_for_a_text_are_beside_the_configuration(tmp_path: Path):
    (tmp_path / "key").write_text("a-key-that-is-long-enough\n")
    path = tmp_path / "trigate.yaml"
    path.write_text("policy: { keys: { dev: { secret: '${file:key}' } } }\n")
    assert load(path).policy.keys["dev"].secret.reveal() == "a-key-that-is-long-enough"


def test_a_file_that_cannot_be_read_is_one_clear_problem(tmp_path: Path):
    assert refused(tmp_path / "none.yaml").endswith("none.yaml: there is no such file; `trigate init` writes one")
    assert "is not a regular file" in refused(tmp_path)
    (tmp_path / "latin").write_bytes(b"admin: \xe9\n")
    assert "not UTF-8 text: byte 7" in refused(tmp_path / "latin")


def test_the_name_of_the_file_is_in_every_problem():
    with pytest.raises(InvalidConfig) as caught:
        load_text("inbuond: 1\nadmin: 2\n", "here.yaml", {})
    assert [str(each).partition(" ")[0] for each in caught.value.problems] == ["here.yaml:1:1", "here.yaml:2:8"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(TREES)
def test_any_yaml_is_a_config_or_a_list_of_problems(tree: Any):
    text = yaml.safe_dump(tree, allow_unicode=True)
    for kind in (Config, Tree):
        with suppress(InvalidConfig):
            assert isinstance(read(text, kind), kind)


@settings(max_examples=150)
@given(st.text(alphabet="inboud:polcyapmktres-[]{}&*!|>'\"#?,~<.${} \n0é", max_size=80))
def test_any_text_is_a_config_or_a_list_of_problems(text: str):
    with suppress(InvalidConfig):
        assert isinstance(load_text(text, "f", {}), Config)
