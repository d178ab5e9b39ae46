"""The vault: secrets that the database holds and cannot read."""

import os
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from trigate.core.clock import clock
from trigate.core.errors import UnknownName
from trigate.store.audit import note
from trigate.store.master_key import KEY_BYTES, derive
from trigate.store.schema import secrets, vault_keys
from trigate.store.seal import seal, unseal

PURPOSE = "config"
"""Of secrets that the configuration names by `${sealed:NAME}`."""


class Sealed(Struct, frozen=True, kw_only=True):
    """What may be seen of a secret."""

    name: str
    purpose: str
    version: int
    """Of the key it is sealed with."""
    created: int
    """Nanoseconds since the epoch."""
    changed: int


class Vault:
    """The secrets, inside one transaction, for changes a power-safe one; every change leaves an audit row.

    Secrets are sealed with a key of the vault's newest version, which is sealed with the master key: a new version or
    another master key needs no secret to be given again. Every method raises VaultSealed for a wrong master key.
    """

    def __init__(self, connection: Connection, master: bytes, actor: str) -> None:
        self._connection = self.connection = connection
        """The transaction, for rows that belong to secrets."""
        self._master = derive(master, "vault")
        self._actor = self.actor = actor

    def put(self, name: str, secret: str, purpose: str = PURPOSE) -> None:
        """Keep a secret, in place of the one of this name."""
        known = self._row(name)
        version = self._newest() or self._begin(1)
        now = clock.wall_ns()
        id = known["id"] if known else os.urandom(8).hex()
        sealed = seal(self._key(version), secret.encode(), "the secret", id, name, purpose)
        values = {"purpose": purpose, "version": version, "sealed": sealed, "changed": now}
        if known:
            self._connection.execute(update(secrets).where(secrets.c.id == id).values(**values))
        else:
            self._connection.execute(insert(secrets).values(id=id, name=name, created=now, **values))
        self._note("update" if known else "create", name, purpose=purpose)

    def get(self, name: str) -> str:
        """A secret itself; reading for use leaves no audit row. Raises UnknownName."""
        return self._open(self._known(name)).decode()

    def names(self) -> list[Sealed]:
        """What there is, in the order of names."""
        columns = [secrets.c[name] for name in Sealed.__struct_fields__]
        rows = self._connection.execute(select(*columns).order_by(secrets.c.name)).mappings()
        return [Sealed(**row) for row in rows]

    def delete(self, name: str) -> None:
        """Forget a secret; raises UnknownName."""
        self._connection.execute(delete(secrets).where(secrets.c.id == self._known(name)["id"]))
        self._note("delete", name)

    def rotate(self) -> int:
        """Seal every secret anew with a fresh key; how many there are."""
        rows = self._connection.execute(select(secrets)).mappings().all()
        opened = [(row, self._open(row)) for row in rows]  # all of them, before anything is changed
        version = self._begin((self._newest() or 0) + 1)
        key = self._key(version)
        for row, content in opened:
            sealed = seal(key, content, "the secret", row["id"], row["name"], row["purpose"])
            self._connection.execute(
                update(secrets).where(secrets.c.id == row["id"]).values(version=version, sealed=sealed)
            )
        self._connection.execute(delete(vault_keys).where(vault_keys.c.version < version))
        self._note("rotate", "", version=version)
        return len(opened)

    def entrust(self, master: bytes) -> None:
        """Seal the keys of the vault with another master key; secrets stay as they are."""
        fresh = derive(master, "vault")
        for row in self._connection.execute(select(vault_keys)).mappings().all():
            content = unseal(self._master, row["sealed"], "a key of the vault", str(row["version"]))
            sealed = seal(fresh, content, "a key of the vault", str(row["version"]))
            statement = update(vault_keys).where(vault_keys.c.version == row["version"])
            self._connection.execute(statement.values(sealed=sealed))
        self._master = fresh
        self._note("entrust", "")

    def _newest(self) -> int | None:
        return self._connection.execute(select(func.max(vault_keys.c.version))).scalar()

    def _begin(self, version: int) -> int:
        sealed = seal(self._master, os.urandom(KEY_BYTES), "a key of the vault", str(version))
        self._connection.execute(insert(vault_keys).values(version=version, sealed=sealed, created=clock.wall_ns()))
        return version

    def _key(self, version: int) -> bytes:
        statement = select(vault_keys.c.sealed).where(vault_keys.c.version == version)
        sealed = self._connection.execute(statement).scalar_one()
        return unseal(self._master, sealed, "a key of the vault", str(version))

    def _open(self, row: Any) -> bytes:
        return unseal(self._key(row["version"]), row["sealed"], "the secret", row["id"], row["name"], row["purpose"])

    def _row(self, name: str) -> Any:
        return self._connection.execute(select(secrets).where(secrets.c.name == name)).mappings().one_or_none()

    def _known(self, name: str) -> Any:
        row = self._row(name)
        if row is None:
            raise UnknownName(f"the vault holds no secret {name!r}")
        return row

    def _note(self, act: str, name: str, **detail: Any) -> None:
        note(self._connection, self._actor, act, "secret", name, detail=detail)
