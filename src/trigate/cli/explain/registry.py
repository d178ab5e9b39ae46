"""The keys and rules of the store, for who asks about them on the command line."""

from collections.abc import Sequence
from pathlib import Path

from trigate.config.config import Config
from trigate.core.principal import Principal
from trigate.policy.bulletin import Whole
from trigate.policy.roster import Roster
from trigate.store.directory import Document
from trigate.store.store import Store


class StoreRegistry:
    """What the store holds at this moment; a store that was never made holds nothing."""

    def __init__(self, config: Config) -> None:
        self._roster = Roster()
        if exists(config):
            store = Store(config.store)
            try:
                self._roster.take(Whole(store.snapshot()))
            finally:
                store.close()

    def principal(self, key: str) -> Principal | None:
        """The caller who shows the key of that name."""
        return self._roster.named(key)

    def documents(self) -> Sequence[Document]:
        """The rules made at run time."""
        return self._roster.documents


def exists(config: Config) -> bool:
    """Whether there is a store: asking about rules must not make one."""
    kind, _, file = config.store.url.reveal().partition(":///")
    return kind != "sqlite" or (Path(config.store.directory) / file).exists()
