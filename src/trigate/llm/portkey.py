"""Configs of Portkey's that come with a request: as far as they choose among models that the caller may use anyhow."""

import re
from collections.abc import Sequence
from typing import Literal, NoReturn

import msgspec
from msgspec import Raw, Struct

from trigate.llm.chance import chance
from trigate.llm.choice import LONGEST_MODEL, MOST
from trigate.llm.error import InvalidParameter
from trigate.llm.loss import Losses

LONGEST = 16 * 1024
"""Bytes of a config."""
_SECRET = re.compile(r"api_key|virtual_key|authorization|custom_host|(?:aws|azure|vertex)_.*", re.IGNORECASE).fullmatch
"""Members that say with whose account, or where: that is not for a request to say here."""
NOTHING = Raw(b"")
_TOLD = frozenset({"strategy", "targets", "provider", "override_params", "weight"})


class _Strategy(Struct):
    mode: Literal["single", "fallback", "loadbalance"] = "single"
    on_status_codes: Raw = NOTHING


class _Target(Struct):
    provider: str = ""
    override_params: dict[str, Raw] = {}
    weight: float = 1.0
    targets: Raw = NOTHING


class _Config(_Target):
    strategy: _Strategy | None = None
    targets: Raw = NOTHING


class Chosen(Struct, frozen=True):
    """What a config comes to."""

    models: tuple[str, ...]
    """To be asked one after the other, by names here; at least one."""
    losses: Losses
    """What of it nobody here follows."""


_members = msgspec.json.Decoder(dict[str, Raw]).decode
_config = msgspec.json.Decoder(_Config).decode
_targets = msgspec.json.Decoder(list[Raw]).decode
_target = msgspec.json.Decoder(_Target).decode
_text = msgspec.json.Decoder(str).decode


def read_config(said: bytes, model: str) -> Chosen:
    """Understand a config; `model` is what the ask itself names. Raises InvalidParameter for what nobody can follow."""
    if len(said) > LONGEST or not said.lstrip().startswith(b"{"):
        _refuse("is a JSON object here, of at most 16 KiB: configs are not kept under names")
    losses = Losses()
    try:
        config = _config(said)
        _check(_members(said), "", losses)
        targets = _read_targets(config, losses)
        strategy = config.strategy or _Strategy()
        names = [_name(each, config, model, losses) for each in _ordered(targets, strategy) or [config]]
    except (msgspec.DecodeError, RecursionError) as error:
        _refuse(f"cannot be understood: {error}")
    if bytes(strategy.on_status_codes):
        losses.degrade("strategy.on_status_codes", "the next one is asked after what a failure is here")
    return Chosen(tuple(dict.fromkeys(names)), losses)


def _read_targets(config: _Config, losses: Losses) -> list[_Target]:
    raws = _targets(config.targets) if bytes(config.targets) else []
    found = [_target(each) for each in raws]
    if len(found) > MOST or any(bytes(each.targets) for each in found):
        _refuse(f"has one list of at most {MOST} targets here; name a model that has the rest")
    for raw in raws:
        _check(_members(raw), "targets.", losses)
    return found


def _ordered(targets: Sequence[_Target], strategy: _Strategy) -> Sequence[_Target]:
    if strategy.mode == "loadbalance":
        return _drawn(targets)
    return targets if strategy.mode == "fallback" else targets[:1]


def _drawn(targets: Sequence[_Target]) -> list[_Target]:
    """One by weight; the others are not asked in its place, as Portkey has it."""
    weights = [max(each.weight, 0.0) for each in targets]
    mark = chance() * sum(weights)
    for each, weight in zip(targets, weights, strict=True):
        mark -= weight
        if mark < 0:
            return [each]
    return list(targets[:1])


def _name(target: _Target, config: _Config, model: str, losses: Losses) -> str:
    """The model here that a target means: that of the ask, unless it says another."""
    provider = (target.provider or config.provider).removeprefix("@")
    parameters = {**config.override_params, **target.override_params}
    for name in sorted(parameters.keys() - {"model"}):
        losses.drop(f"override_params.{name}")
    named = _text(parameters["model"]) if "model" in parameters else ""
    name = named.removeprefix("@") or model.removeprefix("@")
    if provider and not name.startswith(f"{provider}/"):
        name = f"{provider}/{name}"
    if not 0 < len(name) <= LONGEST_MODEL or not name.isprintable():
        _refuse("names something that is no model")
    return name


def _check(members: dict[str, Raw], place: str, losses: Losses) -> None:
    for name in members:
        if _SECRET(name):
            _refuse(f"may not say `{name}`: accounts are the operator's")
        if name not in _TOLD:
            losses.drop(place + name)


def _refuse(why: str) -> NoReturn:
    raise InvalidParameter(f"`x-portkey-config` {why}", "x-portkey-config")
