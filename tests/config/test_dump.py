"""Settings to YAML and back."""

import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.sample import Leaf, Tree, read
from trigate.config.dump import dump, dump_line, plain, write_duration, write_size
from trigate.core.settings import Duration, Secret, Size
from trigate.llm.providers.openai import OpenAI

TEXTS = st.text(max_size=20).filter(str.isprintable)
NAMES = st.text(alphabet=string.ascii_letters + string.digits + "_-./:# '", min_size=1, max_size=12)
LEAVES = st.builds(Leaf, url=TEXTS, weight=st.integers(0, 10**9))
TREES = st.builds(
    Tree,
    text=TEXTS,
    whole=st.integers(-(10**20), 10**20),
    number=st.floats(-1e9, 1e9, allow_nan=False).map(lambda each: round(each, 6)),
    truth=st.booleans(),
    money=st.decimals(0, 10**6, places=4),
    time=st.integers(0, 10**9).map(lambda ms: Duration.parse(f"{ms}ms")),
    size=st.integers(0, 2**40).map(Size),
    choice=st.sampled_from(["on", "off", "auto"]),
    maybe=st.none() | st.integers(0, 100),
    names=st.lists(TEXTS, max_size=4),
    pair=st.none() | st.tuples(TEXTS, st.integers(0, 9)),
    many=st.lists(st.integers(0, 9), max_size=4).map(tuple),
    leaf=st.none() | LEAVES,
    leaves=st.dictionaries(NAMES, LEAVES, max_size=3),
    targets=st.lists(TEXTS | LEAVES, max_size=3),
    one_or_more=TEXTS | st.lists(TEXTS, max_size=3),
    level=st.integers(0, 9) | st.just("auto"),
    bounded=st.integers(1, 9),
)


@given(TREES)
def test_settings_survive_the_way_through_yaml(tree: Tree):
    assert read(dump(tree)) == tree


def test_only_what_is_not_default_is_shown():
    assert dump(Tree()) == "{}\n"
    assert dump(Tree(leaf=Leaf(url="x"), time=Duration(90))) == "time: 90s\nleaf:\n  url: x\n"


def test_a_secret_is_never_shown():
    assert dump(Tree(secret=Secret("canary"))) == "secret: •••\n"


def test_a_kind_tells_its_name():
    assert plain(OpenAI(base_url="http://x")) == {"kind": "openai", "base_url": "http://x"}


def test_a_reference_in_a_text_is_escaped():
    assert read(dump(Tree(text="${A} $${B}")), A="x", B="y").text == "${A} $${B}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.25, "250ms"), (0.0005, "0.5ms"), (1, "1s"), (90, "90s"), (120, "2m"), (7200, "2h"), (86400, "1d")],
)
def test_a_duration_is_written_in_its_largest_unit(seconds: float, text: str):
    assert write_duration(Duration(seconds)) == text
    assert Duration.parse(text) == seconds


@pytest.mark.parametrize(("size", "text"), [(0, "0"), (1000, "1000"), (1024, "1KiB"), (3 * 2**20, "3MiB")])
def test_a_size_is_written_in_its_largest_unit(size: int, text: str):
    assert write_size(Size(size)) == text
    assert Size.parse(text) == size


def test_one_line_is_what_one_would_write_after_the_key():
    assert [dump_line(each) for each in (None, True, "no", [], ["a", 1], Decimal("0.10"))] == [
        "null", "true", "'no'", "[]", "[a, 1]", "'0.10'",
    ]  # fmt: skip
