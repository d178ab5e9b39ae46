"""What an ask for a model would do: where it goes, in which order, at which price, under which limits."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from trigate.cli.explain.access import REGISTRIES, find_principal
from trigate.cli.explain.caller import caller
from trigate.config.load import open_config
from trigate.core.action import Action
from trigate.core.errors import BadRequest
from trigate.core.kinds import name_of
from trigate.core.usage import Usage
from trigate.llm.destination import Destination, is_target
from trigate.llm.fact_book import FactBook
from trigate.llm.fault import PASSING
from trigate.llm.model import Model
from trigate.llm.model_facts import UNKNOWN
from trigate.llm.price import Price
from trigate.llm.price_book import PriceBook
from trigate.llm.prompt_book import PREFIX
from trigate.llm.settings import LlmSettings, nearest

MILLION = 10**6
NANO = 10**9


class Books(Struct, frozen=True):
    """What is known of models."""

    settings: LlmSettings
    facts: FactBook
    prices: PriceBook


def explain_model(file: str, name: str, key: str, end_user: str) -> str:
    """In words; raises BadRequest for a name that stands for nothing, BadConfig for a file with problems."""
    config = open_config(file).config
    if config.llm is None:
        raise BadRequest("the file has no llm lane")
    facts = FactBook(config.llm.providers, config.llm.catalog)
    books = Books(config.llm, facts, PriceBook(config.llm, facts))
    lines = list(_model(books, name))
    if key:
        registries = [make(config) for make in REGISTRIES]
        lines += caller(config, find_principal(registries, key, end_user), Action("llm.chat", f"model/{name}"))
    else:
        lines.append("  access and limits depend on who asks: `--as KEY`")
    return "\n".join(lines)


def _model(books: Books, name: str) -> Iterator[str]:
    settings = books.settings
    if name.startswith(PREFIX):
        yield from _prompt(books, name.removeprefix(PREFIX))
        return
    model = settings.models.get(name)
    if model is None:
        if not is_target(name) or name.partition("/")[0] not in settings.providers:
            raise BadRequest(f"there is no model {name!r}{nearest(name, settings.models)}")
        yield f"{name}: asked for as it is, at the provider that the name begins with"
        yield f"  1. {_target(books, Destination(target=name), None)}"
        return
    yield f"{name}: a model of the file (llm.models.{name})"
    yield from _targets(books, model)
    yield from _sequel(books, model)


def _prompt(books: Books, wanted: str) -> Iterator[str]:
    name, _, label = wanted.partition("@")
    prompt = books.settings.prompts.get(name)
    number = prompt.find(label) if prompt is not None else None
    if prompt is None or number is None:
        raise BadRequest(f"there is no prompt {wanted!r}{nearest(name, books.settings.prompts)}")
    model = prompt.versions[number].model
    yield f"{PREFIX}{wanted}: version {number} of a prompt, asked of {model or 'the model that the caller names'}"
    if model:
        yield from _model(books, model)


def _targets(books: Books, model: Model) -> Iterator[str]:
    order = name_of(type(model.order()))
    yield f"  in the order of strategy `{order}`; those that rest after failures come last:"
    asked = 0
    for each in model.destinations():
        if missed := _misses(books, model, each):
            yield f"  -  {each.target}: left out, it does not meet `require` ({missed})"
            continue
        asked += 1
        yield f"  {asked}. {_target(books, each, model)}"


def _sequel(books: Books, model: Model) -> Iterator[str]:
    passing = PASSING if model.fallback_on is None else model.fallback_on
    if len(model.destinations()) > 1:
        yield f"  the next one after: {', '.join(sorted(passing)) or 'nothing'}"
    for fault, names in model.special().items():
        yield f"  first of all after {fault}: {', '.join(names)}"
    retries = model.retries or books.settings.retries
    if retries is not None and retries.attempts:
        yield f"  retries: up to {retries.attempts} at the same target after {', '.join(sorted(retries.on))}"
    if model.hedge is not None:
        yield f"  a second target is asked when the first says nothing for {model.hedge.after:g} s"
    if model.mirror is not None:
        yield f"  copies go to {model.mirror.target}"


def _misses(books: Books, model: Model, each: Destination) -> str:
    provider, _, name = each.target.partition("/")
    policy = each.policy or books.settings.providers[provider].policy
    return model.require.misses(books.facts.facts(provider, name) or UNKNOWN, policy)


def _target(books: Books, each: Destination, model: Model | None) -> str:
    provider, _, name = each.target.partition("/")
    facts = books.facts.facts(provider, name) or UNKNOWN
    sheet = books.prices.sheet(provider, name, model.price if model is not None else None)
    policy = each.policy or books.settings.providers[provider].policy
    said = [_price(sheet.price()) if sheet is not None else "price not known"]
    if sheet is not None and sheet.batch is not None:
        said.append(f"in batches {_price(sheet.batch)}")
    said += [f"{words} {number}" for words, number in _numbers(facts.context, facts.most_output, each) if number]
    said += [f"region {policy.region}"] if policy.region else []
    said += [f"only when `{each.when}`"] if each.when else []
    return f"{each.target}: {'; '.join(said)}"


def _numbers(context: int, most_output: int, each: Destination) -> Iterator[tuple[str, int | None]]:
    yield "context", context
    yield "at most output", most_output
    yield "weight", each.weight if each.weight != 1 else None
    yield "requests per minute", each.requests_per_minute
    yield "tokens per minute", each.tokens_per_minute


def _price(price: Price) -> str:
    into, out = price.cost(Usage(input_tokens=MILLION)), price.cost(Usage(output_tokens=MILLION))
    if price.is_free:
        return "free of charge"
    return f"${_dollars(into)} in and ${_dollars(out)} out for a million tokens"


def _dollars(nanos: int) -> str:
    return f"{(Decimal(nanos) / NANO).normalize():f}"
