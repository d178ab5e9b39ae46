"""The prompts of one configuration: finds the one an ask names, and makes the ask that it stands for."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from msgspec import Raw, Struct, structs

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import PayloadTooLarge
from trigate.llm.error import InvalidParameter, NotPortable, PromptNotFound
from trigate.llm.loss import Losses, flags, loss_fields
from trigate.llm.member import Members, read_members, write_members
from trigate.llm.operation import Address, Ask
from trigate.llm.prompt import Filled, read_values
from trigate.llm.prompt_form import add_parameters, add_texts, parameters_in
from trigate.llm.prompt_made import Made, action_of
from trigate.llm.prompt_settings import Prompt, PromptVersion

PREFIX = "prompt/"
VARIABLES = "prompt_variables"
"""The member with the values of variables, in any dialect."""
_BEDROCK = "promptVariables"
_MENTION = b'"prompt'
_SHOWN = 128
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class _Wanted(Struct, frozen=True):
    name: str
    version: str
    variables: Mapping[str, Any]
    member: str
    """Where the variables stand."""
    model: str = ""
    """What the caller wants in place of the prompt's model."""


class PromptBook:
    """Prompts by name."""

    __slots__ = ("_largest", "_parameters", "_prompts")

    def __init__(self, prompts: Mapping[str, Prompt], largest: int) -> None:
        """`largest`: most bytes of an ask. Raises ValueError for parameters that nobody can understand."""
        self._prompts = dict(prompts)
        self._largest = largest
        self._parameters: dict[tuple[str, int], bytes] = {}
        for name, prompt in prompts.items():
            for number, version in prompt.versions.items():
                parameters = self._parameters[name, number] = _encode(version.parameters)
                try:
                    parameters_in("openai_responses", parameters)
                except InvalidParameter as error:
                    raise ValueError(f"prompt {name!r}, version {number}: {error.param}: {error.message}") from None

    def expand(self, address: Address, body: bytes, admit: Callable[[Action], None]) -> Ask | None:
        """The ask that a prompt stands for; None if no prompt is asked for. Raises BadRequest, PromptNotFound.

        `admit` raises for whoever may not use a prompt of this name, whether there is one or not.
        """
        if address.boundary or not (address.model.startswith(PREFIX) or _MENTION in body):
            return None  # a form, or nothing that could mean a prompt
        operation = address.operation
        members = read_members(body, getattr(operation, "known", frozenset[str]()))
        wanted = _wanted(address, members, self._prompts)
        if wanted is None:
            return None
        admit(action_of(wanted.name))
        if not operation.is_chat:
            raise InvalidParameter("prompts are for chats", "model")
        number, version = self._find(wanted)
        return self._make(address, members, wanted, number, version)

    def find(self, name: str, version: str = "") -> tuple[int, PromptVersion]:
        """A version by name, and by label or number; raises PromptNotFound."""
        prompt = self._prompts.get(name)
        number = prompt.find(version) if prompt is not None else None
        if prompt is None or number is None:
            which = f"{name}@{version}" if version else name
            raise PromptNotFound(f"there is no prompt {which[:_SHOWN]!r} here")
        return number, prompt.versions[number]

    def _find(self, wanted: _Wanted) -> tuple[int, PromptVersion]:
        return self.find(wanted.name, wanted.version)

    def _make(self, address: Address, members: Members, wanted: _Wanted, number: int, version: PromptVersion) -> Ask:
        dialect = address.operation.dialect
        model = wanted.model or version.model
        if not model:
            raise InvalidParameter(f"the prompt {wanted.name!r} has no model: name one in `model`", "model")
        filled = Filled(version, read_values(version, wanted.variables, wanted.member))
        add_texts(dialect, members, filled)
        parameters, losses = parameters_in(dialect, self._parameters[wanted.name, number])
        add_parameters(members, parameters, dialect)
        if address.model:
            address = structs.replace(address, model=model)
        else:
            members["model"] = Raw(_encode(model))
        body = write_members(members)
        if len(body) > self._largest:
            raise PayloadTooLarge(f"with its prompt the ask is larger than {self._largest} bytes")
        ask = address.operation.decode(body, address)
        ask.prompt = Made(wanted.name, number, losses)
        return ask


def _wanted(address: Address, members: Members, known: Mapping[str, Prompt]) -> _Wanted | None:
    """What the ask says of a prompt, taken out of its members; None if it is an ask as any other."""
    raw = members.get("model")
    model = address.model or (_read_text(raw) if raw is not None else "")
    if model.startswith(PREFIX):
        name, _, version = model.removeprefix(PREFIX).partition("@")
        member = _BEDROCK if _BEDROCK in members else VARIABLES
        return _Wanted(name, version, _object(members, member), member)
    if "prompt" not in members or address.operation.dialect != "openai_responses":
        return None
    # OpenAI's own form: `{"id": …, "version": …, "variables": {…}}`; an id that is none of ours is OpenAI's affair.
    own = _read(members["prompt"], "prompt")
    given = cast("dict[str, Any]", own) if isinstance(own, dict) else {}
    id = given.get("id")
    if not isinstance(id, str) or id not in known:
        return None
    del members["prompt"]
    variables: Any = given.get("variables") or {}
    version: Any = given.get("version") or ""
    if not isinstance(variables, dict) or not isinstance(version, str):
        raise InvalidParameter("`prompt` has the form {id, version, variables}", "prompt")
    return _Wanted(id, version, cast("dict[str, Any]", variables), "prompt.variables", model)


def _object(members: Members, name: str) -> dict[str, Any]:
    raw = members.pop(name, None)
    value: Any = _read(raw, name) if raw is not None else {}
    if not isinstance(value, dict):
        raise InvalidParameter(f"`{name}` must be an object", name)
    return cast("dict[str, Any]", value)


def _read(raw: Raw, name: str) -> Any:
    """A member; raises InvalidParameter for what may stand in JSON and yet is no value, such as 1e400."""
    try:
        return _decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidParameter(f"`{name}` cannot be read: {error}", name) from None


def _read_text(raw: Raw) -> str:
    value = _read(raw, "model")
    return value if isinstance(value, str) else ""


def tell_losses(call: Call, losses: Losses, on_loss: str) -> None:
    """What of a prompt's parameters the caller's dialect cannot say: on record, and as `on_loss` has it."""
    if not losses:
        return
    call.flags.extend(flags(losses))
    edge = call.exchange.edge
    if on_loss == "reject":
        lost = ", ".join(each.field for each in losses.found())
        raise NotPortable(f"the prompt has parameters that cannot be said in this dialect: {lost}")
    if on_loss == "warn" and edge is not None:
        edge.extra += b"".join(b"%b: %b\r\n" % each for each in loss_fields(losses))
