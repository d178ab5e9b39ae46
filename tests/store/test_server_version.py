"""The schema of a PostgreSQL server, asked before anything is started."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store import postgres
from trigate.core.errors import BadConfig
from trigate.core.settings import Secret
from trigate.store import server_version
from trigate.store.glance import glance
from trigate.store.migrate import migrate
from trigate.store.server_version import ask_version, main
from trigate.store.settings import StoreSettings


def test_another_schema_is_refused_by_name(server: postgres.Server, tmp_path: Path):
    settings = StoreSettings(directory=str(tmp_path), url=Secret(server.database()))
    url = settings.url.reveal()
    glance(settings)
    assert ask_version(url) is None
    migrate(settings)
    glance(settings)
    name = url.partition("@/")[2].partition("?")[0]
    for found, told in (("0000", "trigate migrate"), ("9999", "newer trigate")):
        server.do(f"UPDATE alembic_version SET version_num = '{found}'", name)
        with pytest.raises(BadConfig, match=told):
            glance(settings)


def test_a_server_that_is_not_there_shows_later():
    assert ask_version("postgresql://u:p@127.0.0.1:1/db") is None


def test_a_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_version, "SECONDS", 0)
    monkeypatch.setattr(server_version, "_START_SECONDS", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert ask_version(f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/db") is None


@pytest.mark.parametrize("url", ["no url", "postgresql://u:p@127.0.0.1:1/db"])
def test_what_cannot_be_asked_says_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.stdin", _Said(url))
    main()
    assert capsys.readouterr().out == ""


class _Said:
    def __init__(self, text: str) -> None:
        self.read: Callable[[], str] = lambda: text
