"""JSON of any shape gives objects, or nothing."""

from typing import Any

import pytest

from trigate.cli.reconcile.page import object_of, objects


@pytest.mark.parametrize(("value", "found"), [([{"a": 1}, 2, None], [{"a": 1}]), ({}, []), (None, []), ("x", [])])
def test_only_objects_of_a_list_are_found(value: Any, found: list[Any]):
    assert objects(value) == found


@pytest.mark.parametrize(("value", "found"), [({"a": 1}, {"a": 1}), ([], {}), (None, {})])
def test_anything_else_is_an_empty_object(value: Any, found: dict[str, Any]):
    assert object_of(value) == found
