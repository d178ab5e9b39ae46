"""Make, list, rotate and revoke API keys, which count in every worker within a second; hash passwords of people."""

import argparse
from typing import Any

from trigate.cli.operate.client import Way, add_config, connect, place
from trigate.cli.operate.secret import read_secret
from trigate.cli.operate.table import add_form, moment, show
from trigate.core.settings import Duration

COLUMNS = ("name", "prefix", "owner", "team", "lanes", "expires", "state")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(
        dest="act", required=True, metavar="create|list|rotate|revoke|hash", help="what is done"
    )
    _add_create(actions.add_parser("create", help="make a key; its secret is shown once"))
    listing = actions.add_parser("list", help="keys that are valid, or all")
    listing.add_argument("--all", action="store_true", help="expired and revoked ones too")
    listing.add_argument("--team", help="only keys of this team")
    rotate = actions.add_parser("rotate", help="give a key a new secret")
    rotate.add_argument("name")
    rotate.add_argument(
        "--grace", type=_seconds, default=0.0, metavar="TIME", help="how long the old secret still works"
    )
    actions.add_parser("revoke", help="end a key at once").add_argument("name")
    for each in actions.choices.values():
        add_config(each)
        add_form(each)
    actions.add_parser("hash", help="print what to write as `password_hash`; the password comes from standard input")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    if arguments.act == "hash":
        return _hash()
    {"create": _create, "list": _list, "rotate": _rotate, "revoke": _revoke}[arguments.act](
        connect(arguments), arguments
    )
    return 0


def _add_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    for owner in ("user", "agent", "team", "organisation"):
        parser.add_argument(f"--{owner}", default="", help=f"the {owner} it belongs to")
    for what in ("lanes", "models", "servers", "routes", "addresses", "roles"):
        parser.add_argument(f"--{what}", type=_words, metavar="A,B", help=_LISTS[what])
    parser.add_argument("--expires", type=_seconds, metavar="TIME", help="such as 90d")
    parser.add_argument("--may-act-for-users", action="store_true", help="may name the end user it acts for")


_LISTS = {
    "lanes": "of api, llm, mcp; default: all",
    "models": "globs; default: *",
    "servers": "MCP servers, globs; default: *",
    "routes": "globs; default: *",
    "addresses": "networks it may be used from, such as 10.0.0.0/8; default: any",
    "roles": "what rules may go by; of these, admin, editor and viewer let it use the admin API; default: its owner's",
}


def _create(way: Way, arguments: argparse.Namespace) -> None:
    members = ("name", "user", "agent", "team", "organisation", *_LISTS, "may_act_for_users")
    body = {name: getattr(arguments, name) for name in members}
    body = {name: value for name, value in body.items() if value not in (None, "", False)}
    if arguments.expires:
        body["expires_in"] = arguments.expires
    _tell_secret(way.ask("POST", place("keys"), body=body), arguments.format)


def _list(way: Way, arguments: argparse.Namespace) -> None:
    query = {"team": arguments.team} if arguments.team else {}
    rows = way.ask("GET", place("keys"), query | ({"all": "true"} if arguments.all else {}))
    show([_row(each) for each in rows] if arguments.format == "table" else rows, COLUMNS, arguments.format)


def _rotate(way: Way, arguments: argparse.Namespace) -> None:
    body = {"grace": arguments.grace}
    _tell_secret(way.ask("POST", place("keys", arguments.name, "rotate"), body=body), arguments.format)


def _revoke(way: Way, arguments: argparse.Namespace) -> None:
    way.ask("DELETE", place("keys", arguments.name))
    print(f"key {arguments.name} is revoked")


def _tell_secret(made: dict[str, Any], form: str) -> None:
    if form != "table":
        show([made], (), form)
        return
    print(made["secret"])
    print(f"key {made['key']['name']}: this secret is shown only now")


def _hash() -> int:
    from trigate.policy.password import hash_password

    print(hash_password(read_secret("password")))
    return 0


def _row(key: dict[str, Any]) -> dict[str, Any]:
    owner = key.get("agent") or key.get("user") or ""
    return {**key, "owner": owner, "expires": moment(key.get("expires", 0))}


def _words(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _seconds(text: str) -> float:
    try:
        return float(Duration.parse(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
