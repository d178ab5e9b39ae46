"""What holds for one caller."""

from pathlib import Path

import pytest

from trigate.cli.explain.access import FileRegistry, find_principal
from trigate.cli.explain.caller import caller
from trigate.config.load import open_config
from trigate.core.action import Action

FILE = """\
policy:
  keys:
    dev: { secret: a-secret-of-the-file-1, team: support }
    bot: { secret: a-secret-of-the-file-2, lanes: [api] }
  limits:
    - { kind: rate, name: calls, per: team, requests: 5, window: 1m }
    - { kind: rate, name: others, model: tiny, requests: 5, window: 1m }
mcp: { servers: { git: { command: [git-server] } } }
"""


@pytest.mark.parametrize(("key", "verb"), [("dev", "may"), ("bot", "may not")])
def test_access_and_the_limits_that_fit_are_told(tmp_path: Path, key: str, verb: str):
    file = tmp_path / "trigate.yaml"
    file.write_text(FILE)
    config = open_config(file).config
    action = Action("mcp.tools.call", "server/git/tool/push")
    first, *limits = caller(config, find_principal([FileRegistry(config)], key, ""), action)
    assert first == f"  key '{key}' {verb} do mcp.tools.call on server/git/tool/push"
    assert [each.strip().split(":")[0] for each in limits] == ["limit calls"]
    assert limits[0].endswith("for each team")
