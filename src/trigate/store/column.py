"""What columns hold beside what every database knows: lists of words, and names of other rows."""

from functools import lru_cache

import msgspec
from sqlalchemy import Dialect, Text, TypeDecorator


class Words(TypeDecorator[tuple[str, ...]]):
    """Several words in one column, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        """From the database."""
        return _words(value) if value else ()


@lru_cache(1024)
def _words(text: str) -> tuple[str, ...]:
    # Most keys have the same few lists: a snapshot of ten thousand shares them.
    return tuple(msgspec.json.decode(text, type=list[str]))


class Owner(TypeDecorator[str]):
    """The name of another row; no name, `""` outside, is NULL inside, so that the database can check the others."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return value or None

    def process_result_value(self, value: str | None, dialect: Dialect) -> str:
        """From the database."""
        return value or ""
