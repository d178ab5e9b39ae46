"""The way to a command: found by name, loaded alone, and its errors told in one line."""

import argparse
import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from trigate.cli import main as entry
from trigate.cli.main import command_parser, commands, main, overview_parser

MODULES = "import sys; from trigate.cli.main import main; main({arguments!r}); print(*sys.modules)"


def imported(*arguments: str, folder: Path) -> set[str]:
    command = [sys.executable, "-c", MODULES.format(arguments=list(arguments))]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=PATIENCE)
    return set(done.stdout.split())


def test_every_command_is_a_file_with_a_caption():
    assert {"check", "explain", "init", "reference", "schema"} <= set(commands())
    overview = overview_parser().format_help()
    assert all(f"\n  {name} " in overview for name in commands())


def test_no_arguments_show_the_commands(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    assert "check" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"]])
def test_what_only_tells_something_exits_with_0(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    assert "trigate" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"trigate {version('trigate')}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chekc"], "there is no command 'chekc'; did you mean check?"),
        (["--nothing"], "--nothing"),
        (["check", "--nothing"], "--nothing"),
        (["../../x"], "there is no command"),
    ],
)
def test_what_is_not_understood_exits_with_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_a_command_loads_no_other(tmp_path: Path):
    (tmp_path / "trigate.yaml").write_text("admin: {}\n")
    loaded = imported("check", folder=tmp_path)
    assert "trigate.cli.check" in loaded
    assert {name for name in loaded if name.startswith("trigate.cli.")} == {"trigate.cli.main", "trigate.cli.check"}
    assert not {"trigate.config.explain", "http.client"} & loaded


def test_an_error_of_the_system_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    target = tmp_path / "missing" / "trigate.yaml"
    assert main(["init", "-o", str(target)]) == 1
    assert capsys.readouterr().err == f"trigate init: {target}: No such file or directory\n"


def test_an_interrupt_is_no_traceback(monkeypatch: pytest.MonkeyPatch):
    from trigate.cli import check

    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "run", interrupted)
    assert main(["check"]) == 130


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m trigate.cli.main schema | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.stdout, done.stderr) == ("{", "")


def test_a_command_of_several_files_has_its_own_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "command.py").write_text('"""Do much."""\n')
    (tmp_path / "one.py").write_text('"""Do one thing."""\n')
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(entry, "_FOLDER", tmp_path)
    assert commands() == ["many", "one"]


@pytest.mark.parametrize("name", commands())
def test_every_option_says_what_it_is_for(name: str):
    parser = command_parser(name)
    assert parser.description
    assert [each.dest for each in vars(parser)["_actions"] if not each.help] == []


def test_the_captions_are_read_without_running_anything():
    source = Path(entry.__file__).read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    assert not [node.module for node in imports if (node.module or "").startswith("trigate.cli")]


def test_the_package_runs_like_the_command():
    command = [sys.executable, "-m", "trigate", "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout == f"trigate {version('trigate')}\n"


@pytest.mark.parametrize("words", [["a", "--loud", "b"], ["--loud", "a", "b"], ["a", "b", "--loud"]])
def test_options_may_stand_between_words(words: list[str]):
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--loud", action="store_true")
    assert vars(entry._parse(parser, words)) == {"words": ["a", "b"], "loud": True}


def test_a_command_with_commands_of_its_own_is_read_in_order():
    parser = argparse.ArgumentParser()
    parser.add_subparsers(dest="act").add_parser("list").add_argument("--loud", action="store_true")
    assert vars(entry._parse(parser, ["list", "--loud"])) == {"act": "list", "loud": True}
