"""The languages for chats, by name; each is imported when it is first spoken."""

from functools import cache
from importlib import import_module
from pathlib import Path

from trigate.llm.chat_dialect import ChatDialect

CHAT_DIALECTS = tuple(sorted(each.parent.name for each in Path(__file__).parent.glob("dialects/*/dialect.py")))
"""Names of the folders that hold one each."""


@cache
def find_chat_dialect(name: str) -> ChatDialect:
    """The dialect of this name, which is one of `CHAT_DIALECTS`."""
    return import_module(f"trigate.llm.dialects.{name}.dialect").DIALECT
