"""Write what follows from the cases: `python -m tests.llm.golden [DIALECT …]`."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.llm.golden.book import follows, sources, tell_ask, tell_reply, tell_stream
from tests.llm.golden.still import still
from trigate.core.errors import GatewayError
from trigate.llm.chat_dialects import CHAT_DIALECTS

KINDS: dict[str, Callable[[str, Path, str], str]] = {"asks": tell_ask, "replies": tell_reply, "streams": tell_stream}


def main(chosen: list[str]) -> None:
    """Write the files of the dialects that were chosen, on either side; by default of all."""
    for kind, tell in KINDS.items():
        for dialect, path in sources(kind):
            for target in CHAT_DIALECTS:
                if not chosen or dialect in chosen or target in chosen:
                    try:
                        follows(path, target).write_text(_tell(tell, dialect, path, target))
                    except (ModuleNotFoundError, GatewayError) as error:
                        print(f"{path.name} to {target}: {error}")


def _tell(tell: Callable[[str, Path, str], str], dialect: str, path: Path, target: str) -> str:
    """Every case begins at the same moment, and with the same chances."""
    with pytest.MonkeyPatch.context() as patch:
        still(patch)
        return tell(dialect, path, target)


main(sys.argv[1:])
