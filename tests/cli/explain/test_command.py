"""`trigate explain`."""

from pathlib import Path

import pytest

from trigate.cli.main import main


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def test_without_a_file_the_types_are_explained(capsys: pytest.CaptureFixture[str]):
    assert main(["explain", "admin.listen"]) == 0
    output = capsys.readouterr()
    assert output.out.startswith("admin.listen\n  text; default 127.0.0.1:8081\n")
    assert output.err == ""


def test_with_a_file_its_value_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("CANARY_ADDRESS", "canary:8081")
    Path("trigate.yaml").write_text("admin: { listen: '${CANARY_ADDRESS}' }\nllm: {}\n")
    assert main(["explain", "admin.listen"]) == 0
    output = capsys.readouterr().out
    assert "${CANARY_ADDRESS}" in output
    assert "canary" not in output


def test_secrets_are_dots(capsys: pytest.CaptureFixture[str]):
    Path("other.yaml").write_text("policy: { keys: { dev: { secret: canary-secret-long } } }\n")
    assert main(["explain", "policy.keys.dev", "-c", "other.yaml"]) == 0
    output = capsys.readouterr().out
    assert "secret: •••" in output
    assert "canary" not in output


def test_a_broken_file_does_not_keep_from_explaining(capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text("admin: { listn: x }\n")
    assert main(["explain", "admin"]) == 0
    output = capsys.readouterr()
    assert "listen" in output.out
    assert "trigate.yaml:1:10 admin.listn" in output.err


def test_a_named_file_must_exist(capsys: pytest.CaptureFixture[str]):
    assert main(["explain", "admin", "-c", "none.yaml"]) == 0
    assert "none.yaml: there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["admn", "admin..x"])
def test_a_wrong_path_is_one_line(path: str, capsys: pytest.CaptureFixture[str]):
    assert main(["explain", path]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("trigate explain: ")
    assert len(output.err.splitlines()) == 1
