"""`trigate mcp`."""

import pytest

from trigate.cli.main import main
from trigate.cli.mcp.command import acts


def test_every_act_is_a_file_with_a_caption(capsys: pytest.CaptureFixture[str]):
    assert "list" in acts()
    with pytest.raises(SystemExit):
        main(["mcp", "--help"])
    shown = capsys.readouterr().out
    assert all(f"\n    {name} " in shown for name in acts())


def test_an_act_has_options_of_its_own(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["mcp", "list", "--help"])
    assert "--config" in capsys.readouterr().out


def test_a_command_after_two_dashes_is_for_those_acts_that_take_one(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(["mcp", "list", "--", "uvx"])
    assert caught.value.code == 2
    assert "takes no command" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["nothing"], ["command"]])
def test_what_is_no_act_is_not_understood(words: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(["mcp", *words])
    assert caught.value.code == 2
    assert "list" in capsys.readouterr().err
