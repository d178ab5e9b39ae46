"""Servers put into the gateway's own file: with its comments, and only if the file checks afterwards."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from trigate.cli.change.revision import Revision, read_text
from trigate.config.environment import environment
from trigate.config.load import load_text
from trigate.config.server_list import FoundServer
from trigate.config.yaml_edit import put_entry
from trigate.core.errors import BadConfig

_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)\}")


def server_names(path: Path) -> set[str]:
    """The servers that a file has already; raises BadConfig."""
    text, existed = read_text(path)
    if not existed:
        raise BadConfig(f"{path}: there is no such file; `trigate init` writes one")
    mcp = load_text(text, str(path), _pretended(text), path.parent).mcp
    return set(mcp.servers) if mcp is not None else set()


def with_servers(path: Path, servers: Sequence[FoundServer], variables: Sequence[str]) -> Revision:
    """The file with the servers; variables may be unset as yet. Raises BadConfig if it does not check."""
    before, existed = read_text(path)
    after = before
    for each in servers:
        after = put_entry(after, str(path), ("mcp", "servers", each.name), each.settings())
    load_text(after, str(path), _pretended(after, variables), path.parent)
    return Revision(path, before, after, existed)


def unset(variables: Sequence[str]) -> list[str]:
    """Those of the variables that the environment does not have."""
    present = environment()
    return [each for each in dict.fromkeys(variables) if not present.get(each)]


def _pretended(text: str, variables: Sequence[str] = ()) -> Mapping[str, str]:
    """The environment, and a value for what is still to be set, for these servers or those that were added before."""
    names = unset([*variables, *_REFERENCE.findall(text)])
    return {**environment(), **{name: f"the-value-of-{name.lower()}" for name in names}}
