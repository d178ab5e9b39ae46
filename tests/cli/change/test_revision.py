"""A changed file: shown without secrets, written at once, with a copy of what it was."""

from pathlib import Path

import pytest

from trigate.cli.change.revision import Revision, read_text
from trigate.core.errors import BadConfig

NOW = 1_795_000_000_123_456_000


def revised(path: Path, before: str, after: str) -> Revision:
    path.write_text(before)
    return Revision(path, before, after, True)


def test_the_old_text_is_kept_beside_the_new_one(tmp_path: Path):
    path = tmp_path / "f.json"
    revision = revised(path, "old\n", "new\n")
    path.chmod(0o640)
    backup = revision.write(NOW)
    assert backup is not None
    assert (backup.read_text(), path.read_text()) == ("old\n", "new\n")
    assert path.stat().st_mode & 0o777 == backup.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["f.json", backup.name]


def test_a_new_file_is_its_users_alone(tmp_path: Path):
    path = tmp_path / "a" / "b.json"
    assert Revision(path, "", "new", False).write(NOW) is None
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_one(tmp_path: Path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    Revision(link, "old", "new", True).write(NOW)
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(tmp_path: Path):
    revision = revised(tmp_path / "f", "old", "new")
    (tmp_path / "f").write_text("other")
    with pytest.raises(BadConfig, match="changed by somebody else"):
        revision.write(NOW)
    assert (tmp_path / "f").read_text() == "other"


def test_the_difference_hides_what_looks_like_a_secret(tmp_path: Path):
    before = '{\n  "API_KEY": "canary1",\n  "name": "shown",\n  "auth": "Bearer ${KEY}"\n}\n'
    after = before.replace('"shown"', '"shown", "header": "Bearer sk-canary2canary2canary2"')
    told = revised(tmp_path / "f", before, after).difference()
    assert "canary" not in told
    assert '"API_KEY": "•••"' in told
    assert '+  "name": "shown", "header": "•••"' in told
    assert '"auth": "Bearer ${KEY}"' in told


def test_the_name_of_a_variable_is_no_secret(tmp_path: Path):
    told = revised(tmp_path / "f", "", 'bearer_token_env_var = "TRIGATE_KEY"\nbearer_token = "short"\n').difference()
    assert '"TRIGATE_KEY"' in told
    assert "short" not in told


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "f").write_bytes(b"\xff\xfe")
    with pytest.raises(BadConfig, match="not UTF-8"):
        read_text(tmp_path / "f")
    with pytest.raises(BadConfig, match="cannot be read"):
        read_text(tmp_path)
    assert read_text(tmp_path / "none") == ("", False)
