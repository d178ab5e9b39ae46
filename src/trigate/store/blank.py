"""Whether a database was begun: in a file that is not there is nothing, and no SQL need be loaded to say so."""

import os
from pathlib import Path

from trigate.store.settings import StoreSettings

_SQLITE = "sqlite:///"


def file_of(settings: StoreSettings) -> Path | None:
    """The file of an SQLite database; None for one on a server."""
    url = settings.url.reveal()
    if not url.startswith(_SQLITE):
        return None
    return Path(settings.directory).absolute() / url.removeprefix(_SQLITE).partition("?")[0]


def is_blank(settings: StoreSettings) -> bool:
    """Whether the database is a file that was not made yet, and can be; looks at the disk."""
    path = file_of(settings)
    return path is not None and os.access(path.parent, os.W_OK | os.X_OK) and not path.exists()
