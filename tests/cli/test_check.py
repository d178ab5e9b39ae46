"""`trigate check`."""

from pathlib import Path

import pytest

from trigate.cli.check import summary
from trigate.cli.main import main
from trigate.config.config import Config
from trigate.config.load import load_text

TEXT = """\
policy: { keys: { dev: { secret: a-key-that-is-long-enough } } }
api: { routes: { a: { targets: ["http://a"] }, b: { match: { path: /b }, targets: ["http://b"] } } }
llm: { providers: { o: { kind: openai } }, models: { m: { targets: o/x } } }
mcp: { servers: { git: { command: [git] } } }
"""


def test_a_good_file_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "trigate.yaml"
    path.write_text(TEXT)
    assert main(["check", "-c", str(path)]) == 0
    output = capsys.readouterr()
    assert output.out == f"{path}: 1 key, 2 routes, 1 provider, 1 model, 1 server, 0 endpoints\n"
    assert output.err == ""


def test_every_problem_of_a_bad_file_goes_to_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text("inbuond: {}\nadmin:\n  listn: x\n")
    assert main(["check"]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "trigate.yaml:1:1 inbuond: unknown key; did you mean inbound?",
        "trigate.yaml:3:3 admin.listn: unknown key; did you mean listen?",
        "2 problems",
    ]


def test_a_missing_file_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 1
    assert capsys.readouterr().err.startswith("trigate.yaml: there is no such file")


def test_lanes_that_are_absent_hold_nothing():
    assert summary(Config()) == "0 keys, 0 routes, 0 providers, 0 models, 0 servers, 0 endpoints"
    assert summary(load_text(TEXT, "f", {})).startswith("1 key, 2 routes")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("api: { routes: { a: { targets: ['http://a'] }, b: { targets: ['http://b'] } } }", "match the same requests"),
        ("api: { routes: { a: { targets: ['ftp://${CANARY}/'] } } }", "a URL starts with"),
        (
            "inbound: { listen: { address: ':1', tls: { certificates: [{ certificate_file: no, key_file: no }] } } }",
            "no: No such file or directory",
        ),
    ],
)
def test_what_only_building_finds_out_is_a_problem_too(
    text: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CANARY", "canary-host")
    Path("trigate.yaml").write_text(text)
    assert main(["check"]) == 1
    output = capsys.readouterr().err
    assert problem in output
    assert output.startswith("trigate.yaml: ")
    assert "canary" not in output


def test_the_file_may_be_checked_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    tls = "{ certificates: [{ certificate_file: no, key_file: no }] }"
    Path("trigate.yaml").write_text(f"inbound: {{ listen: {{ address: ':1', tls: {tls} }} }}")
    assert main(["check"]) == 1
    assert main(["check", "--file-only"]) == 0


def test_a_check_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(TEXT)
    assert main(["check"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["trigate.yaml"]
