"""What authenticators are opened with in tests: a directory of the given keys, and nobody to ask."""

from collections.abc import Mapping
from typing import Any

from trigate.policy.authenticator import Circumstances
from trigate.policy.directory import Directory
from trigate.policy.settings import Key


def given(keys: Mapping[str, Key], **others: Any) -> Circumstances:
    """A directory of `keys`; `client`, `surroundings` and `witness` only if they are given."""
    asked = others.get("client"), others.get("surroundings"), others.get("witness")
    return Circumstances(Directory(keys), *asked)  # type: ignore[arg-type]
