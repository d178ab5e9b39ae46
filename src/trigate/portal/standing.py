"""Whether a login still stands on what it began with: its user is there, and the key is valid."""

from trigate.policy.directory import Directory
from trigate.portal.archive import Archive
from trigate.store.login import Login


class Standing:
    """Looks when tokens are renewed; access tokens in use are looked at by the workers."""

    __slots__ = ("_archive", "_directory", "_open")

    def __init__(self, archive: Archive, directory: Directory, open_ways: frozenset[str]) -> None:
        """`directory` knows the keys of the file; `open_ways` let in people who are no users of the store."""
        self._archive = archive
        self._directory = directory
        self._open = open_ways

    async def holds(self, login: Login) -> bool:
        """Whether tokens may be renewed."""
        if login.key:
            return self._directory.named(login.key) is not None or await self._archive.key_is_good(login.key)
        return not login.user or login.how in self._open or await self.known(login)

    async def known(self, login: Login) -> bool:
        """Whether the user is one of the store."""
        return bool(login.user) and await self._archive.user(login.user) is not None
