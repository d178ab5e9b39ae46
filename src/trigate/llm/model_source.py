"""A table of models made of the data of models.dev: the form of its `api.json`, read strictly where it counts."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from trigate.llm.model_table import MARKS, MODALITIES
from trigate.llm.price_settings import DEAREST, NANO

ADDRESSES = {
    "anthropic": "https://api.anthropic.com",
    "cerebras": "https://api.cerebras.ai",
    "deepinfra": "https://api.deepinfra.com",
    "google": "https://generativelanguage.googleapis.com",
    "groq": "https://api.groq.com",
    "minimax": "https://api.minimax.io",
    "minimax-cn": "https://api.minimaxi.com",
    "mistral": "https://api.mistral.ai",
    "openai": "https://api.openai.com",
    "perplexity": "https://api.perplexity.ai",
    "v0": "https://api.v0.dev",
    "venice": "https://api.venice.ai",
    "vercel": "https://ai-gateway.vercel.sh",
    "xai": "https://api.x.ai",
}
"""Addresses of providers whose own SDK knows them, so that the data does not say them."""
PATTERNS = {
    "amazon-bedrock": r"https://bedrock-(?:runtime|mantle)\.",
    "azure": r"https://[^/]+\.openai\.azure\.com",
    "azure-cognitive-services": r"https://[^/]+\.(?:services\.ai|cognitiveservices)\.azure\.com",
    "cloudflare-workers-ai": r"https://api\.cloudflare\.com/client/v4/accounts/[^/]+/ai",
    "cohere": r"https://api\.cohere\.(?:ai|com)(?:/|$)",
    "databricks": r"https://[^/]+\.(?:cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com)",
    "google-vertex": r"https://(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com",
    "snowflake-cortex": r"https://[^/]+\.snowflakecomputing\.com/api/v2/cortex",
    "togetherai": r"https://api\.together\.(?:xyz|ai)(?:/|$)",
}
"""The same where they differ between accounts, or there are several."""
COSTS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "reasoning": "reasoning",
    "input_audio": "audio_input",
    "output_audio": "audio_output",
}
"""Prices, and what the table calls them."""
LONG = 200_000
"""Tokens of input above which the older form of the data has another price."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}").fullmatch
_LETTERS = {name: letter for letter, name in MODALITIES.items()}
_MEMBERS = {"tools": "tool_call", "sampling": "temperature"}
"""Where a capability has another name there."""
_LONGEST = 200
_MOST_TOKENS = 10**9

Entry = Mapping[str, Any]


def read_api(data: bytes) -> dict[str, Entry]:
    """The providers of an `api.json`, with prices as exact decimals; raises ValueError if it is none."""
    try:
        found: Any = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise ValueError("this is not JSON") from None
    providers = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if not providers or not all(map(_is_provider, providers.values())):
        raise ValueError("this is not the `api.json` of models.dev: every member must be a provider with `models`")
    return providers


def compile_table(providers: Mapping[str, Entry], source: str, date: str, notice: str) -> bytes:
    """The table as it lies in a file, one model per line, so that a difference shows what changed."""
    hosts = [urlsplit(str(each.get("api", ""))).hostname for each in providers.values()]
    head = "".join(f"{_dump(key)}:{_dump(value)},\n" for key, value in _head(source, date, notice))
    sections: list[str] = []
    for name in sorted(providers, key=lambda each: (-len(_path(providers[each])), each)):
        rows = [_dump(row) for row in rows_of(providers[name])]
        if _NAME(name) and rows:
            shape = _dump(_address(name, providers[name], hosts))[:-1]
            sections.append(f'{_dump(name)}:{shape},"models":[\n' + ",\n".join(rows) + "\n]}")
    return ("{" + head + '"providers":{\n' + ",\n".join(sections) + "\n}}\n").encode()


def rows_of(provider: Entry) -> Iterator[list[Any]]:
    """The models of a provider in order; those whose name cannot be asked for are left out."""
    models = cast("dict[str, Any]", provider.get("models", {}))
    for name in sorted(models):
        entry = models[name]
        if isinstance(entry, dict) and 0 < len(name) <= _LONGEST and name.isprintable():
            yield _row(name, cast("Entry", entry))


def day_of(wall_ns: int) -> str:
    """A moment, in nanoseconds since the epoch, as a day in UTC."""
    return datetime.fromtimestamp(wall_ns / 10**9, UTC).date().isoformat()


def _row(name: str, model: Entry) -> list[Any]:
    limit = cast("Entry", model.get("limit") or {})
    forms = cast("Entry", model.get("modalities") or {})
    bounds = [_tokens(limit.get(each)) for each in ("context", "input", "output")]
    letters = ["".join(_LETTERS.get(each, "") for each in forms.get(side, ())) for side in ("input", "output")]
    row = [name, *bounds, *letters, _marks(model), str(model.get("release_date", "")), str(model.get("status", ""))]
    tiers = _tiers(cast("Entry", model.get("cost") or {}))
    if tiers:
        return [*row, [{"tiers": tiers}]]
    while row[-1] in ("", 0):
        row.pop()
    return row


def _marks(model: Entry) -> str:
    found = ""
    for letter, name in MARKS.items():
        told = model.get(_MEMBERS.get(name, name))
        if isinstance(told, bool):
            found += letter if told else letter.upper()
    return found


def _tiers(cost: Entry) -> list[dict[str, int]]:
    """Prices by size of the input; empty if they are not known, or if the model is said to cost nothing."""
    base = _rates(cost)
    if "input" not in base or not any(base.values()):
        return []
    tiers = [base]
    written = cast("list[Entry]", cost.get("tiers") or ())
    if not written and (long := cost.get("context_over_200k")):
        written = [{**long, "tier": {"size": LONG}}]
    for each in sorted(written, key=lambda each: int(each["tier"]["size"])):
        tiers.append({"above": int(each["tier"]["size"])} | base | _rates(each))
    return tiers


def _rates(cost: Entry) -> dict[str, int]:
    found: dict[str, int] = {}
    for member, name in COSTS.items():
        dollars = cost.get(member)
        if isinstance(dollars, int | Decimal) and not isinstance(dollars, bool):
            if not 0 <= dollars <= DEAREST:
                raise ValueError(f"a price of {dollars} dollars is no price")
            found[name] = int(Decimal(dollars) * NANO)
    return found


def _tokens(value: Any) -> int:
    return value if type(value) is int and 0 < value <= _MOST_TOKENS else 0


def _address(name: str, provider: Entry, hosts: list[str | None]) -> dict[str, str]:
    if name in PATTERNS:
        return {"pattern": PATTERNS[name]}
    if name in ADDRESSES:
        return {"address": ADDRESSES[name]}
    api = str(provider.get("api", "")).rstrip("/")
    host = urlsplit(api).hostname
    if not host or "$" in api or host in ("127.0.0.1", "localhost"):
        return {"address": ""}
    return {"address": api if hosts.count(host) > 1 else f"https://{host}"}


def _path(provider: Entry) -> str:
    """Where two providers share a host, the longer path is looked at first."""
    return urlsplit(str(provider.get("api", ""))).path


def _head(source: str, date: str, notice: str) -> list[tuple[str, str]]:
    return [("source", source), ("date", date), ("notice", notice)]


def _is_provider(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(cast("Entry", value).get("models"), dict)


def _dump(value: Any) -> str:
    return msgspec.json.encode(value).decode()
