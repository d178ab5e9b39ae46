"""`trigate schema`."""

import json

import pytest

from trigate.cli.main import main
from trigate.config.schema import schema


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()


def test_the_help_says_how_editors_use_it(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["schema", "--help"])
    assert "# yaml-language-server: $schema=trigate.schema.json" in capsys.readouterr().out
