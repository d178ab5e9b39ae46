"""What authenticators are opened with in tests: a directory of the given keys, and nobody to ask."""

from collections.abc import Mapping
from typing import Any

from trigate.policy.authenticator import Circumstances
from trigate.policy.directory import Directory
from trigate.policy.settings import Key


def given(keys: Mapping[str, Key], **others: Any) -> Circumstances:
    """A directory of `keys`; `client` and `surroundings` only if they are given."""
    return Circumstances(Directory(keys), others.get("client"), others.get("surroundings"))  # type: ignore[arg-type]
