"""Who may use the admin API."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trigate.admin.operator import TOKEN_FILE, Operator, Operators, local_token, operator_of, read_token
from trigate.admin.settings import AdminSettings, AdminToken
from trigate.core.errors import Forbidden, Unauthenticated
from trigate.core.settings import Secret
from trigate.store.directory import Key

TOKEN = "an-operators-token"
SETTINGS = AdminSettings(tokens={"ada": AdminToken(secret=Secret(TOKEN), role="editor", organisation="acme")})


def test_a_token_of_the_file_finds_its_operator(tmp_path: Path) -> None:
    assert Operators(SETTINGS, tmp_path).find(TOKEN) == Operator("ada", "editor", "acme")


def test_whoever_may_read_the_state_directory_is_an_operator(tmp_path: Path) -> None:
    operators = Operators(SETTINGS, tmp_path)
    assert operators.find(local_token(tmp_path)) == Operator("local", "admin")
    assert stat.S_IMODE((tmp_path / TOKEN_FILE).stat().st_mode) == 0o600
    assert local_token(tmp_path) == local_token(tmp_path)


@pytest.mark.parametrize("left", ["", "0123"])
def test_a_token_that_was_cut_off_is_made_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / TOKEN_FILE).write_text(left)
    token = local_token(tmp_path)
    assert len(token) == 64
    assert Operators(SETTINGS, tmp_path).find(token) == Operator("local", "admin")
    assert [path.name for path in tmp_path.iterdir()] == [TOKEN_FILE]
    assert stat.S_IMODE((tmp_path / TOKEN_FILE).stat().st_mode) == 0o600


def test_processes_that_begin_together_have_one_token(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(local_token, [tmp_path] * 64))) == 1


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper()])
def test_nobody_else_is(tmp_path: Path, token: str) -> None:
    assert Operators(SETTINGS, tmp_path).find(token) is None


@pytest.mark.parametrize("field", [b"", b"Bearer", b"Bearer ", TOKEN.encode(), b"Basic " + TOKEN.encode()])
def test_a_token_is_shown_as_bearer_or_not_at_all(field: bytes) -> None:
    with pytest.raises(Unauthenticated) as refused:
        read_token(field)
    assert TOKEN not in str(refused.value)
    assert read_token(b"bearer  " + TOKEN.encode()) == TOKEN


def test_a_key_with_a_role_is_an_operator_of_its_organisation() -> None:
    key = Key(id="1", name="ci", prefix="", digest=b"", roles=("writer", "viewer", "editor"), organisation="acme")
    operator = operator_of(key)
    assert operator is not None
    assert (operator.name, operator.role, operator.organisation, operator.key) == ("ci", "editor", "acme", key)
    assert operator_of(Key(id="1", name="ci", prefix="", digest=b"", roles=("writer",))) is None


def test_a_role_may_do_what_those_below_it_may() -> None:
    operator = Operator("ada", "editor")
    operator.require("viewer")
    operator.require("editor")
    with pytest.raises(Forbidden, match="admin"):
        operator.require("admin")
