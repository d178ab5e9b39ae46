"""Paths lead back to their lines."""

import pytest

from trigate.config.place import find_mark
from trigate.config.problem import Path

TEXT = """\
policy:
  access:
    - { team: a, allow: ["*"] }
    - team: b
      allow: &all
        - "*"
    - { team: c, allow: *all }
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), "1:1"),
        (("policy", "access", 0), "3:7"),
        (("policy", "access", 1), "4:7"),
        (("policy", "access", 1, "allow", 0), "6:11"),
        (("policy", "access", 2, "allow", 0), "6:11"),
        (("policy", "access", 3), "None"),
        (("policy", "access", "team"), "None"),
        (("policy", "keys", "x"), "None"),
        (("policy", "access", 0, "team", 0), "None"),
    ],
)
def test_a_path_leads_to_its_line(path: Path, place: str):
    assert str(find_mark(TEXT, path)) == place
