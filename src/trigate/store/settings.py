"""Where the gateway keeps what must outlive a call, and how much of it."""

from typing import Literal

from trigate.core.settings import Duration, Secret, Settings, Size
from trigate.store.counter import Counting

SMALLEST_SPOOL = 32 * 1024 * 1024
SHORTEST_MASTER_KEY = 32
KEYRING = "keyring:"
"""Begins a master key that names one in the system keyring."""
DEFAULT_URL = "sqlite:///trigate.db"
_SCHEMES = ("sqlite:///", "postgresql://", "postgres://")


class SpoolSettings(Settings, frozen=True):
    """The file-backed queue between the workers that write records and the control process that reads them."""

    limit: Size = Size(1024**3)
    """Most bytes of records that wait to be written out; at least 32MiB."""
    on_full: Literal["refuse", "drop"] = "refuse"
    """At `limit`, or when the disk is full: `refuse` new requests with 503, or serve on and `drop` the records."""

    def __post_init__(self) -> None:
        if self.limit < SMALLEST_SPOOL:
            raise ValueError("limit must be at least 32MiB")


class RetentionSettings(Settings, frozen=True):
    """How long rows stay; what is older is removed a few rows at a time. `0` keeps them for ever."""

    ledger: Duration = Duration(90 * 86400)
    """One row for every call: who used what, when, and what it cost."""
    audit: Duration = Duration(400 * 86400)
    """Who changed keys, rules and secrets."""


class StoreSettings(Settings, frozen=True):
    """What is kept on this machine, and the database of identity, keys, ledger, secrets and audit."""

    url: Secret = Secret(DEFAULT_URL)
    """The database: `sqlite:///FILE`, relative to `directory`, or `postgresql://USER:PASSWORD@HOST/NAME`, which several
    machines can share; without a word `sqlite:///trigate.db`.
    """
    fail: Literal["open", "closed"] = "open"
    """While the database cannot be reached: serve on, with records waiting in the spool, or refuse new requests with
    503 `store.unavailable`.
    """
    timeout: Duration = Duration(5)
    """Longest wait for a connection, a lock or an answer of the database."""
    master_key: Secret | None = None
    """What seals secrets in the database; at least 32 random characters, the same on all machines, best a reference
    such as `${TRIGATE_MASTER_KEY}`, or `keyring:NAME` for what the system keyring holds under the service `trigate` and
    this name (needs `trigate[keyring]`). Without it, `directory/master.key` is made at the first start.
    """
    retention: RetentionSettings = RetentionSettings()
    """How long rows stay."""

    directory: str = "trigate-data"
    """Directory of all that the gateway keeps, relative to the working directory; made for its owner alone, and used by
    one gateway at a time.
    """
    spool: SpoolSettings = SpoolSettings()
    """Records on their way to the logs."""
    counters: Literal["memory"] | Counting = "memory"
    """Where what is used of every limit is counted: `memory`, which the workers of this machine share, or a mapping
    such as `{kind: redis, url: …}` for several machines.
    """

    def __post_init__(self) -> None:
        url = self.url.reveal()
        if not url.startswith(_SCHEMES) or url in _SCHEMES:
            raise ValueError("url must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        given = self.master_key.reveal() if self.master_key is not None else None
        if given is not None and not given.startswith(KEYRING) and len(given) < SHORTEST_MASTER_KEY:
            raise ValueError(f"master_key needs at least {SHORTEST_MASTER_KEY} characters")
        if self.timeout < 0.1:
            raise ValueError("timeout must be at least 100ms")
