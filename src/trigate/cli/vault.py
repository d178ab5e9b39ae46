"""Keep secrets in the store, sealed with the master key: set, list, delete, rotate.

`set` reads the secret from the terminal without showing it, or from standard input. `rotate` seals every secret anew
with a fresh key; with `--new-master-key FILE` it also makes the first line of that file the master key from now on: put
it into `store.master_key` (or `master.key`) before the gateway is started again.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trigate.cli.operate.secret import read_secret

if TYPE_CHECKING:
    from trigate.store.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("act", choices=("set", "list", "delete", "rotate"), help="what is done")
    parser.add_argument("name", nargs="?", default="", help="of the secret, for set and delete")
    parser.add_argument("--new-master-key", metavar="FILE", help="for rotate: holds the master key that takes over")
    parser.add_argument("-c", "--config", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, 1 if it was refused, 2 if the command line makes no sense."""
    if bool(arguments.name) is not (arguments.act in ("set", "delete")):
        print(f"trigate vault {arguments.act}: {'needs a' if not arguments.name else 'takes no'} name", file=sys.stderr)
        return 2
    from trigate.config.load import load
    from trigate.store.store import Store

    store = Store(load(arguments.config).store)
    try:
        for line in _act(store, arguments):
            print(line)
    finally:
        store.close()
    return 0


def _act(store: "Store", arguments: argparse.Namespace) -> list[str]:
    name = arguments.name
    if arguments.act == "list":
        with store.vault() as vault:
            return [each.name for each in vault.names()]
    if arguments.act == "rotate":
        return [_rotate(store, arguments.new_master_key)]
    secret = read_secret(name) if arguments.act == "set" else ""
    with store.vault("operator") as vault:
        if arguments.act == "set":
            vault.put(name, secret)
            return [f"write ${{sealed:{name}}} where the configuration needs it"]
        vault.delete(name)
        return [f"{name} is forgotten"]


def _rotate(store: "Store", file: str | None) -> str:
    if file is None:
        with store.vault("operator") as vault:
            count = vault.rotate()
    else:
        count = store.entrust(Path(file).read_text(encoding="utf-8").partition("\n")[0], "operator")
    told = ", under the new master key" if file else ""
    return f"{count} secret{'' if count == 1 else 's'} sealed anew{told}"
