"""Coding agents as their users start them: by the commands and files of the page that tells how."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "how-to" / "claude-code-on-any-model.md"
PACKAGES = Path(__file__).parent / "agents" / "node_modules"
SECONDS = 240
"""For one turn; agents take seconds to start, and longer on a machine that is busy."""
NOBODY = "http://127.0.0.1:9"
"""A proxy that is not there: whoever wants to leave the machine fails."""
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class CodingAgent:
    """One agent: what it speaks, and how its own model asks it to read a file."""

    title: str
    """Of its section of the page."""
    dialect: str
    tool: str
    arguments: str
    """Of the tool, as JSON with `{file}` for the file to read."""
    program: str
    script: str
    """What Node runs."""
    file: str = ""
    """In the home folder, with what the page shows."""
    before: str = ""
    """Stands before what the page shows, where tests need something else than users."""

    def call(self, file: Path) -> dict[str, str]:
        """The arguments that have it read `file`."""
        return json.loads(self.arguments.replace("{file}", str(file)))

    def run(self, folder: Path, url: str, key: str) -> subprocess.CompletedProcess[str]:
        """One turn in `folder`, which holds its home too; ends within SECONDS."""
        home, work = folder / "home", folder / "work"
        blocks = dict(_BLOCK.findall(_section(self.title)))
        if self.file:
            (home / self.file).parent.mkdir(parents=True)
            shown = blocks["toml" if self.file.endswith("toml") else "json"]
            (home / self.file).write_text(self.before + shown.replace("http://127.0.0.1:8080", url))
        command = blocks["sh"].replace("http://127.0.0.1:8080", url)
        return subprocess.run(
            ["sh", "-ec", command], cwd=work, env=self._environment(folder, key), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip

    def _environment(self, folder: Path, key: str) -> dict[str, str]:
        programs = folder / "bin"
        programs.mkdir()
        node = Path(sys.executable).parent / "node"
        start = programs / self.program
        start.write_text(f'#!/bin/sh\nexec "{node}" "{PACKAGES / self.script}" "$@"\n')
        start.chmod(0o755)
        return {
            "PATH": os.pathsep.join([str(programs), str(node.parent), os.defpath]),
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "TRIGATE_KEY": key,
            "HTTP_PROXY": NOBODY,
            "HTTPS_PROXY": NOBODY,
            "NO_PROXY": "127.0.0.1",
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
        }


AGENTS = {
    "claude": CodingAgent(
        "Claude Code", "anthropic_messages", "Read", '{"file_path": "{file}"}',
        "claude", "@anthropic-ai/claude-code/cli-wrapper.cjs",
    ),
    "codex": CodingAgent(
        "Codex CLI", "openai_responses", "exec_command", '{"cmd": "cat {file}"}',
        "codex", "@openai/codex/bin/codex.js", ".codex/config.toml",
        # its sandbox needs what containers seldom have
        'sandbox_mode = "danger-full-access"\n',
    ),
    "gemini": CodingAgent(
        "Gemini CLI", "gemini_content", "read_file", '{"file_path": "{file}"}',
        "gemini", "@google/gemini-cli/bundle/gemini.js", ".gemini/settings.json",
    ),
}  # fmt: skip


def _section(title: str) -> str:
    """The part of the page under a heading."""
    return PAGE.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
