"""`trigate serve` as an operator meets it."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import Gateway

TRIGATE = (str(Path(sys.executable).parent / "trigate"), "serve", "-c")


def refused(*arguments: str, directory: Path) -> str:
    """What the command says when it exits with 1."""
    command = [TRIGATE[0], "serve", *arguments]
    found = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (found.returncode, found.stdout) == (1, "")
    assert "Traceback" not in found.stderr
    return found.stderr


def test_it_says_where_it_listens_once_it_serves_and_ends_with_0(tmp_path: Path):
    with Gateway(tmp_path, TRIGATE) as gateway:
        assert f"ready listen=http://127.0.0.1:{gateway.port} admin=http://127.0.0.1:{gateway.admin}\n" in gateway.log()
        assert gateway.probe("/livez")[0] == 200
        gateway.signal(signal.SIGINT)
        assert gateway.process.wait(PATIENCE) == 0


def test_every_problem_of_the_file_is_told(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("inbound: { lisen: x }\nadmin: { listn: y }\n")
    told = refused("-c", "a.yaml", directory=tmp_path)
    assert "a.yaml:1:" in told
    assert "a.yaml:2:" in told
    assert list(tmp_path.iterdir()) == [tmp_path / "a.yaml"]


def test_without_a_file_it_says_how_to_get_one(tmp_path: Path):
    assert "trigate init" in refused(directory=tmp_path)


def test_an_address_that_cannot_be_had_is_one_clear_line(tmp_path: Path):
    admin = f"admin: {{ listen: '127.0.0.1:{free_port()}' }}\n"
    (tmp_path / "trigate.yaml").write_text(f"inbound: {{ listen: '192.0.2.1:1' }}\n{admin}")
    told = refused(directory=tmp_path)
    assert "cannot listen on 192.0.2.1:1" in told
    assert told.count("\n") == 1


def test_a_state_directory_that_cannot_be_made_is_one_clear_line(tmp_path: Path):
    (tmp_path / "data").write_text("a file")
    (tmp_path / "trigate.yaml").write_text("store: { directory: data/inside }\n")
    told = refused(directory=tmp_path)
    assert "data" in told
    assert told.count("\n") == 1
