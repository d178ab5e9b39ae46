"""Compare the ledger with a provider's bill: by day and model, from files that the provider exports."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, money, show
from trigate.cli.reconcile.bill import known, read_bill
from trigate.cli.reconcile.comparison import Compared, Kept, compare, shown, total
from trigate.cli.reconcile.line import Line, merged
from trigate.config.load import load
from trigate.core.errors import BadConfig
from trigate.llm.price_book import built_in
from trigate.llm.settings import LlmSettings

DIFFERS = 3
"""Exit status; 1 says that nothing could be compared."""
MONEY = ("day", "model", "billed", "ledger", "difference", "percent", "estimated", "verdict")
TOKENS = ("day", "model", "billed_input", "ledger_input", "billed_output", "ledger_output", "estimated", "verdict")
_INPUT = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_long_tokens")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="exports of usage or costs, CSV or JSON")
    parser.add_argument("--form", default="auto", choices=["auto", *known()], help="of the files; default: auto")
    parser.add_argument("--provider", default="", help="as the configuration calls it; default: whose bill it is")
    parser.add_argument("--time-zone", default="UTC", help="in which the bill's days begin; default: UTC")
    parser.add_argument("--tolerance", default="0.5%", help="a share of what was billed; default: 0.5%%")
    add_config(parser)
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 if all agrees, 3 if something differs, 1 if nothing could be compared."""
    zone, tolerance = _zone(arguments.time_zone), _share(arguments.tolerance)
    names: set[str] = set()
    lines: list[Line] = []
    for file in arguments.files:
        name, found = read_bill(Path(file), arguments.form, zone)
        names.add(known()[name].PROVIDER)
        lines += found
    bill = merged(lines)
    if not bill:
        raise BadConfig("the bill has no lines")
    settings = load(arguments.config).llm or LlmSettings()
    providers = _providers(settings, arguments.provider, names)
    rows = compare(bill, _ledger(arguments, bill, zone, providers), tolerance)
    _show([*rows, total(rows, tolerance)], arguments.format, has_money=any(each.cost is not None for each in bill))
    return DIFFERS if any(each.verdict not in ("agrees", "shifted") for each in rows) else 0


def _ledger(arguments: argparse.Namespace, bill: Sequence[Line], zone: tzinfo, providers: Sequence[str]) -> list[Kept]:
    """What the gateway has kept for the days of the bill."""
    word = "day" if zone is UTC else "hour"
    first = datetime.fromisoformat(bill[0].day).replace(tzinfo=zone)
    last = datetime.fromisoformat(bill[-1].day).replace(tzinfo=zone) + timedelta(days=1)
    span = {"since": first.astimezone(UTC).isoformat(), "until": last.astimezone(UTC).isoformat()}
    rows = connect(arguments).ask("GET", place("usage"), {"by": f"{word},target", "lane": "llm", **span})
    kept: list[Kept] = []
    for row in rows:
        provider, _, model = row["target"].partition("/")
        if model and provider in providers:
            kept.append(Kept(line=_line(row, _day(row[word], zone), model), estimated=row["estimated"]))
    return kept


def _line(row: dict[str, Any], day: str, model: str) -> Line:
    return Line(
        day=day,
        model=model,
        cost=row["cost"],
        input=sum(row[name] for name in _INPUT),
        cache_read=row["cache_read_tokens"],
        cache_write=row["cache_write_tokens"] + row["cache_write_long_tokens"],
        output=row["output_tokens"] + row["reasoning_tokens"],
        requests=row["calls"],
    )


def _day(word: str, zone: tzinfo) -> str:
    if len(word) == len("2026-11-22"):
        return word
    return datetime.fromisoformat(word).astimezone(zone).strftime("%Y-%m-%d")


def _providers(settings: LlmSettings, chosen: str, billed: set[str]) -> list[str]:
    """The configured providers that a bill is about; raises BadConfig."""
    if chosen:
        if chosen not in settings.providers:
            raise BadConfig(f"there is no provider {chosen!r} in the configuration")
        return [chosen]
    if billed == {""}:
        return list(settings.providers)
    table = built_in()
    names = {name: each.priced_as or table.provider_at(each.origin()) for name, each in settings.providers.items()}
    found = [name for name, each in names.items() if each in billed]
    if not found:
        whose = ", ".join(sorted(billed))
        raise BadConfig(f"no configured provider is {whose}: say with --provider which one the bill is about")
    return found


def _zone(name: str) -> tzinfo:
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadConfig(f"there is no time zone {name!r}") from None


def _share(text: str) -> Decimal:
    try:
        share = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except InvalidOperation:
        share = Decimal(-1)
    if not 0 <= share <= 1:
        raise BadConfig(f"--tolerance {text!r}: a share such as 0.5% or 0.005")
    return share


def _show(rows: Sequence[Compared], form: str, *, has_money: bool) -> None:
    if form == "table":
        show([_told(each) for each in rows], MONEY if has_money else TOKENS, form)
    else:
        show([shown(each) for each in rows], ("day", "model", "verdict"), form)


def _told(row: Compared) -> dict[str, Any]:
    found = shown(row)
    difference, billed = found.get("difference_cost"), found.get("billed_cost", 0)
    if difference is not None:
        found["billed"], found["ledger"] = money(billed), money(found["ledger_cost"])
        found["difference"] = money(difference)
        found["percent"] = f"{100 * difference / billed:.2f}" if billed else ""
    return found
