"""Brings records from the spool into the ledger, exactly once: a batch that comes again changes nothing."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.store.opinion import Opinion, read_opinions
from trigate.telemetry.log import log
from trigate.telemetry.meter import Meter

if TYPE_CHECKING:
    from trigate.store.ledger import Entry, Notice
    from trigate.store.retention import Pace
    from trigate.store.store import Store

PROBE_SECONDS = 1.0
"""How often a store that has nothing to write is asked whether it is there."""
PRUNE_SECONDS = 60.0
"""How often a store without old rows is looked through for them."""


class Settlement:
    """The ledger as a destination of records (process.delivery.Destination)."""

    name = "the ledger"

    def __init__(self, open_store: "Callable[[], Store]", is_blank: Callable[[], bool] = lambda: False) -> None:
        """`open_store` gives the store; called in the delivery's thread, where SQL is loaded. `is_blank` says there
        whether nothing was ever kept.
        """
        self.open_store = open_store
        """May be exchanged at any time."""
        self._is_blank = is_blank
        self.meter = Meter()
        self._entries: list[Entry] = []
        self._notices: list[tuple[Notice, bytes]] = []
        self._opinions: list[Opinion] = []
        self._probed = float("-inf")
        self._prune_at = float("-inf")
        self._pace: Pace | None = None

    @property
    def pending(self) -> bool:
        """Whether a failed `write` has left something to go on with."""
        return bool(self._entries or self._notices or self._opinions)

    def write(self, records: Sequence[bytes]) -> None:
        """Write the rows of `records`, and of what is pending; raises GatewayError."""
        if not records and not self.pending and self._is_blank():
            return  # no SQL is loaded, and no file made, before there is something to keep
        self._take(records)
        store = self.open_store()
        if self.pending:
            _write(store, self._entries, self._notices)
            self.meter.add(self._entries)
            self._entries, self._notices = [], []
            _write_opinions(store, self._opinions)
            self._opinions = []
        elif clock.monotonic() - self._probed > PROBE_SECONDS:
            store.revision()
        self._probed = clock.monotonic()
        if self._probed >= self._prune_at:
            self._prune(store)

    def _prune(self, store: "Store") -> None:
        # Here, between two batches and a few rows at a time: a new row never waits for more than one such step.
        from trigate.store.retention import Pace, prune  # noqa: PLC0415 - as below

        self._pace = self._pace or Pace()
        more = prune(store, clock.wall_ns(), self._pace)
        self._prune_at = clock.monotonic() + (0 if more else PRUNE_SECONDS)

    def _take(self, records: Sequence[bytes]) -> None:
        # First of all: from here on what was read is not lost by whatever fails.
        from trigate.store import ledger  # noqa: PLC0415 - SQL is loaded in this thread, after the first answer

        self._opinions += read_opinions(records)
        entries, notices, unreadable = ledger.read_entries(records)
        if unreadable:
            log.error("records cannot be read and are not in the ledger", count=unreadable)
        self._entries += entries
        self._notices += notices

    def close(self) -> None:
        """What is not written stays in the spool."""


def _write_opinions(store: "Store", opinions: "Sequence[Opinion]") -> None:
    from trigate.store import feedback  # noqa: PLC0415 - as above

    if opinions:
        try:
            with store.writing() as connection:
                feedback.write_opinions(connection, opinions)
        except GatewayError:
            raise
        except Exception as fault:  # noqa: BLE001 - a word that the database does not take must not hold up the ledger
            log.error("the database does not take feedback", count=len(opinions), reason=type(fault).__name__)


def _write(store: "Store", entries: "Sequence[Entry]", notices: "Sequence[tuple[Notice, bytes]]") -> None:
    from trigate.store import ledger  # noqa: PLC0415 - as above

    try:
        with store.writing() as connection:
            ledger.write_new(connection, entries)
            ledger.write_notices(connection, notices)
    except GatewayError:
        raise
    except ledger.AlreadyThere as fault:
        _write_missing(store, entries, notices, fault)  # the last batch before a crash: written, not acknowledged
    except Exception as fault:  # noqa: BLE001 - one row that the database does not take must not hold up all others
        _write_apart(store, entries, notices, fault)


def _write_missing(
    store: "Store", entries: "Sequence[Entry]", notices: "Sequence[tuple[Notice, bytes]]", fault: Exception
) -> None:
    from trigate.store import ledger  # noqa: PLC0415 - as above

    try:
        with store.writing() as connection:
            ledger.write_new(connection, ledger.without_known(connection, entries))
            ledger.write_notices(connection, notices)
    except ledger.AlreadyThere:  # and yet it is not: something else about a row is refused
        _write_apart(store, entries, notices, fault)


def _write_apart(
    store: "Store", entries: "Sequence[Entry]", notices: "Sequence[tuple[Notice, bytes]]", fault: Exception
) -> None:
    if len(entries) + len(notices) == 1:
        name = entries[0].id if entries else notices[0][0].id
        log.error("the database does not take a record; it is not in the ledger", id=name, reason=type(fault).__name__)
        return
    middle, among = len(entries) // 2, len(notices) // 2
    if len(entries) > 1:
        _write(store, entries[:middle], ())
        _write(store, entries[middle:], notices)
    else:
        _write(store, entries, notices[:among])
        _write(store, (), notices[among:])
