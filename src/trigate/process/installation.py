"""What all processes of an installation have in common: a secret, and memory."""

from pathlib import Path

from trigate.core.shared import Share, share_in
from trigate.store.settings import StoreSettings


class Installation:
    """Known by its state directory, or on several machines by the master key that they share."""

    __slots__ = ("_master", "_settings", "share")

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._master = b""
        self.share: Share = share_in(Path(settings.directory) / "run")

    def derive(self, purpose: str) -> bytes:
        """See core.shared.Derive; the master key is read, or made, when it is first needed. Raises BadConfig."""
        from trigate.store.master_key import derive, read_master_key  # noqa: PLC0415 - loads the cipher of the vault

        if not self._master:
            self._master = read_master_key(self._settings)
        return derive(self._master, purpose)
