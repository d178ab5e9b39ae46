"""`trigate upgrade`: says what came of it, by its words and its exit status."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.scene import until
from tests.process.test_upgrade import Installed
from trigate.cli.main import main


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Installed]:
    running = Installed(tmp_path, workers=1)
    with running:
        yield running


def test_a_new_program_serves_when_the_command_ends(gateway: Installed, capsys: pytest.CaptureFixture[str]):
    before = gateway.pid()
    assert main(["upgrade", "-c", str(gateway.path)]) == 0
    assert capsys.readouterr().out == "the new program serves\n"
    until(lambda: gateway.pid() != before)


def test_a_program_that_is_of_no_use_is_told(gateway: Installed, capsys: pytest.CaptureFixture[str]):
    before = gateway.pid()
    gateway.install("", "sys.exit('out of order')")
    assert main(["upgrade", "-c", str(gateway.path)]) == 1
    assert "the new program is not used: out of order" in capsys.readouterr().err
    assert gateway.pid() == before


def test_without_a_gateway_there_is_nothing_to_upgrade(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "trigate.yaml"
    file.write_text(f"store: {{ directory: {tmp_path / 'data'} }}\n")
    assert main(["upgrade", "-c", str(file)]) == 1
    assert "no gateway runs" in capsys.readouterr().err
