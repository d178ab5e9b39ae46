"""What the types of the configuration look like."""

from decimal import Decimal
from typing import Annotated, Any, Literal, NewType

import msgspec
import pytest

from tests.config.sample import Leaf, Strict, Tree
from trigate.config import shape
from trigate.config.shape import describe, fields
from trigate.core.settings import Duration, Kind, Secret, Settings, Size
from trigate.llm.provider import Provider
from trigate.llm.providers.openai import OpenAI
from trigate.policy.authenticator import Authenticator

Name = NewType("Name", str)


class Node(Settings):
    """Holds itself."""

    inner: "Node | None" = None
    """The next one."""


class Renamed(Settings, rename={"from_": "from"}):
    """Has a key that Python does not allow."""

    from_: str = "a"
    """Where from."""


def test_fields_are_the_keys_in_their_order():
    assert list(fields(Strict)) == ["name", "tree"]
    assert [field.required for field in fields(Strict).values()] == [True, False]
    assert fields(Strict)["tree"].default == Tree()
    assert fields(Tree)["names"].default == []


def test_inherited_keys_belong_to_their_owner():
    assert fields(OpenAI)["base_url"].owner is OpenAI
    assert fields(OpenAI)["prices"].owner is Provider
    assert fields(Renamed)["from"].name == "from_"


def test_a_class_may_hold_itself():
    assert fields(Node)["inner"].hint == Node | None


def test_bounds_are_told_apart_from_the_type():
    bound = msgspec.Meta(ge=1)
    assert shape.bare(Annotated[int, bound]) == (int, (bound,))
    assert shape.bare(Name) == (str, ())
    assert shape.members(Annotated[int | None, bound]) == (int, type(None))


def test_contracts_and_kinds_are_told_apart():
    assert shape.is_contract(Provider)
    assert shape.is_contract(Authenticator)
    assert not shape.is_contract(OpenAI)
    assert not shape.is_contract(Kind)
    assert shape.is_kind(OpenAI)
    assert not shape.is_kind(Tree)


def test_lists_mappings_and_tuples_say_what_they_hold():
    assert shape.is_list(tuple[int, ...])
    assert not shape.is_fixed(tuple[int, ...])
    assert shape.is_fixed(tuple[str, int])
    assert shape.elements(tuple[str, int]) == (str, int)
    assert shape.elements(dict[str, Leaf]) == (str, Leaf)
    assert shape.elements(list) == (Any,)
    assert shape.elements(dict) == (str, Any)
    assert shape.is_mapping(dict)
    assert shape.is_anything(Any)


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (str, "text"),
        (int | None, "a whole number or null"),
        (Literal["a", "b"], "one of a, b"),
        (Literal["a"], "a"),
        (list[str | Leaf], "a list of text or a mapping"),
        (dict[str, Secret], "a mapping of names to a secret"),
        (Provider, "a mapping with a kind"),
        (OpenAI, "a mapping of kind openai"),
        (Duration, "a duration such as 250ms, 10s or 1h"),
        (Any, "anything"),
        (str | list[str], "text or a list of text"),
    ],
)
def test_a_type_is_told_in_words(hint: Any, words: str):
    assert describe(hint) == words


def test_examples_may_be_left_out():
    assert describe(Duration | Size | Decimal, examples=False) == "a duration or a size or an amount"
