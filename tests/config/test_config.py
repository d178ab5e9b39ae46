"""The file's top level: its keys are packages, and lanes are loaded when they are named."""

import subprocess
import sys

import pytest

from tests.patience import PATIENCE
from trigate.config import config
from trigate.config.config import Config
from trigate.config.shape import fields
from trigate.core.settings import Settings

LANES = ("api", "llm", "mcp", "portal")
SHOW = "import sys; from trigate.config.load import load_text; load_text({text!r}, 'f', {{}}); print(*sys.modules)"


def loaded(text: str) -> set[str]:
    command = [sys.executable, "-c", SHOW.format(text=text)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    return set(done.stdout.split())


def test_every_key_is_a_package_with_settings_of_its_own():
    for key, field in fields(Config).items():
        settings = getattr(config, f"{key.capitalize()}Settings")
        assert issubclass(settings, Settings)
        assert settings.__module__ == f"trigate.{key}.settings"
        assert field.hint in (settings, settings | None)


def test_an_absent_lane_is_none_and_everything_else_has_its_defaults():
    empty = Config()
    assert [getattr(empty, lane) for lane in LANES] == [None] * len(LANES)
    assert all(isinstance(getattr(empty, key), Settings) for key in fields(Config) if key not in LANES)


def test_a_lane_is_loaded_only_if_the_file_names_it():
    modules = loaded("")
    assert not [name for name in modules if name.startswith(tuple(f"trigate.{lane}" for lane in LANES))]
    assert "trigate.mcp.settings" in loaded("mcp: {}")


def test_there_is_nothing_else_to_import():
    with pytest.raises(AttributeError):
        config.ParlourSettings  # noqa: B018
