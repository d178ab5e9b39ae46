"""Write the built-in table of prices from the data of the genai-prices package."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from genai_prices import data, types

TABLE = Path(__file__).parent.parent / "src" / "trigate" / "llm" / "prices.json"
NANO = 10**9
DAY_NS = 86_400 * 10**9
EPOCH = dt.date(1970, 1, 1)

TOKENS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_long",
    "output_reasoning_mtok": "reasoning",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
    "input_image_mtok": "image_input",
    "output_image_mtok": "image_output",
}
"""The units that a chat or an embedding is counted in, and what the table calls them."""
REQUESTS = "requests_kcount"
FEES = {"web_searches_kcount": "web_searches"}
"""What is billed by the thousand beside tokens, and what the table calls it."""
CHOICES = ("service_tier", "speed")
"""Members of an ask that choose another price."""

Rates = dict[str, Any]


def main() -> None:
    """Write the table, one model per line, so that a difference shows which prices changed."""
    today = dt.datetime.now(dt.UTC).date()
    package = distribution("genai-prices")
    licence = next(file for file in package.files or () if file.name == "LICENSE")
    head = {
        "source": f"{package.metadata['Name']} {package.version}",
        "date": today.isoformat(),
        "notice": licence.read_text(),
    }
    lines = [f"{dump(key)}:{dump(value)}," for key, value in head.items()]
    sections = [section(provider, today) for provider in sorted(data.providers, key=lambda each: each.id)]
    body = ",\n".join(each for each in sections if each)
    TABLE.write_text("{" + "\n".join(lines) + '\n"providers":{\n' + body + "\n}}\n", encoding="utf-8")


def section(provider: types.Provider, today: dt.date) -> str:
    """A provider with the models that are billed by tokens; empty if there are none."""
    models = [row for model in provider.models if (row := row_of(model, today))]
    if not models and not provider.fallback_model_providers:
        return ""
    head = dump({"address": provider.api_pattern, "fallback": provider.fallback_model_providers or []})[:-1]
    rows = ",\n".join(map(dump, models))
    return f'{dump(provider.id)}:{head},"models":[\n{rows}\n]}}'


def row_of(model: types.ModelInfo, today: dt.date) -> list[Any] | None:
    """How the model is recognised, and its prices, the one to be tried first in front; None without input price."""
    conditions = model.prices if isinstance(model.prices, list) else [types.ConditionalPrice(prices=model.prices)]
    periods: list[Rates] = []
    for condition in reversed(conditions):
        limits = bounds(condition.constraint, today)
        if limits is None:
            return None
        standard = rates_of(values_of(condition.prices))
        if standard is None:
            return None
        services = {key: each for key, each in services_of(model, condition.prices, today, limits)}
        periods.append(limits | standard | ({"services": services} if services else {}))
        if not limits:
            break
    return [model.id, clause(model.match), periods]


def bounds(constraint: object, today: dt.date) -> dict[str, Any] | None:
    """When a price holds: empty if always from now on, None if that cannot be told."""
    match constraint:
        case None:
            return {}
        case types.StartDateConstraint(start_date=start):
            return {} if start <= today else {"start": (start - EPOCH).days * DAY_NS}
        case types.TimeOfDateConstraint(start_time=begin, end_time=end):
            return {"hours": [minute(begin), minute(end)]}
        case _:
            return None


def minute(time: dt.time) -> int:
    """Minute of the day in UTC."""
    if time.utcoffset() not in (None, dt.timedelta(0)):
        raise ValueError(f"{time} is not in UTC")
    return time.hour * 60 + time.minute


def services_of(
    model: types.ModelInfo, standard: types.ModelPrice, today: dt.date, limits: dict[str, Any]
) -> Iterator[tuple[str, Rates]]:
    """Prices of services that a member of the ask chooses, as far as they differ."""
    start = EPOCH + dt.timedelta(days=limits.get("start", 0) // DAY_NS)
    for variant in model.price_variants or ():
        ((member, value), *more) = variant.when.items()
        constraint = variant.constraint
        begun = not isinstance(constraint, types.StartDateConstraint) or constraint.start_date <= max(today, start)
        if member in CHOICES and not more and begun and not isinstance(constraint, types.TimeOfDateConstraint):
            found = rates_of(values_of(standard) | values_of(variant.prices))
            if found is not None and found != rates_of(values_of(standard)):
                yield f"{member}={value}", found


def values_of(price: types.ModelPrice) -> dict[str, Any]:
    """The prices that are known."""
    return {key: value for key, value in vars(price).items() if value is not None}


def rates_of(price: dict[str, Any]) -> Rates | None:
    """Nano-dollars per million tokens, with tiers by input; None if input is not billed by tokens."""
    known = {name: price[key] for key, name in TOKENS.items() if key in price}
    if "input" not in known:
        return None
    thresholds = sorted({tier.start for value in known.values() for tier in getattr(value, "tiers", ())})
    tiers = [{name: nano(at(value, each)) for name, value in known.items()} for each in (0, *thresholds)]
    above = [{"above": start} | tier for start, tier in zip(thresholds, tiers[1:], strict=True)]
    found: Rates = {"tiers": [tiers[0], *above]}
    if REQUESTS in price:
        found["request"] = nano(price[REQUESTS] / 1000)
    fees = {name: nano(at(price[key], 0) * 1000) for key, name in FEES.items() if key in price}
    if fees:
        found["fees"] = fees
    return found


def at(value: Any, start: int) -> Decimal:
    """The price of the tier that begins at `start` input tokens."""
    if isinstance(value, Decimal):
        return value
    return next((tier.price for tier in reversed(value.tiers) if start >= tier.start > 0), value.base)


def nano(dollars: Decimal) -> int:
    """Whole nano-dollars: some prices come with the noise of binary fractions, such as 0.18000000000000002."""
    return int((dollars * NANO).to_integral_value(ROUND_HALF_EVEN))


def clause(match: Any) -> list[Any]:
    """How a model's name is recognised, as a tree: operator and operands."""
    match match:
        case types.ClauseEquals(equals=text):
            return ["=", text.lower()]
        case types.ClauseStartsWith(starts_with=text):
            return ["^", text.lower()]
        case types.ClauseEndsWith(ends_with=text):
            return ["$", text.lower()]
        case types.ClauseContains(contains=text):
            return ["*", text.lower()]
        case types.ClauseRegex(regex=text):
            return ["~", text]
        case types.ClauseOr(or_=inner):
            return ["|", *map(clause, inner)]
        case types.ClauseAnd(and_=inner):
            return ["&", *map(clause, inner)]
        case _:
            raise TypeError(f"{type(match).__name__} is not known here")


def dump(value: object) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
