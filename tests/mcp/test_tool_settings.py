"""What the file may say of a tool."""

import pytest

from trigate.mcp.tool_settings import Argument, Tool


@pytest.mark.parametrize(
    "more", [{"fixed": 1, "hide": True}, {"fixed": 0, "default": 0}, {"default": "", "hide": True}]
)
def test_an_argument_is_one_thing(more: dict[str, object]):
    with pytest.raises(ValueError, match="either"):
        Argument(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a__b", "a b", "é", "x" * 65])
def test_a_new_name_is_one_that_every_client_takes(name: str):
    with pytest.raises(ValueError, match="rename"):
        Tool(rename=name)


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b"])
def test_a_path_has_names_between_its_dots(path: str):
    with pytest.raises(ValueError, match="argument"):
        Tool(arguments={path: Argument(hide=True)})
