"""`trigate reference`."""

from pathlib import Path

from trigate.cli.main import commands, main
from trigate.cli.reference import every_page
from trigate.config.reference import NOTE


def test_every_command_has_its_section():
    text = every_page()["cli.md"]
    assert all(f"## `trigate {name}`\n" in text for name in commands())
    assert "| `-c, --config FILE` | default: trigate.yaml |" in text


def test_every_act_of_a_command_has_its_section():
    text = every_page()["cli.md"]
    assert "### `trigate keys create`\n" in text
    listed = text.partition("### `trigate mcp list`\n")[2].partition("\n#")[0]
    assert "| `-c, --config FILE` | default: trigate.yaml |" in listed


def test_pages_are_written_and_outdated_ones_removed(tmp_path: Path):
    old, own = tmp_path / "kinds" / "old.md", tmp_path / "own.md"
    old.parent.mkdir()
    old.write_text(f"# Old\n\n{NOTE}")
    own.write_text("# Written by hand\n")
    assert main(["reference", str(tmp_path)]) == 0
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    assert written == {*every_page(), "own.md"}
    assert (tmp_path / "errors.md").read_text(encoding="utf-8") == every_page()["errors.md"]
