"""Whom a policy is about: what it says of the caller, in the words that records have for callers."""

from typing import Final

from trigate.core.settings import Settings

OneOrMore = str | tuple[str, ...]

WHO: Final = ("key", "user", "end_user", "agent", "team", "organisation", "role")
"""What a rule may say about a principal, the most telling first; beside these, `claim`."""


class Selector(Settings):
    """What must hold of a caller. Everything that is said must; if nothing is, everybody is meant.

    Texts are globs, in which `*` stands for any text, `/` included; of a list, one must fit.
    """

    key: OneOrMore | None = None
    """Names of keys or other credentials; `anonymous` for callers without one."""
    user: OneOrMore | None = None
    """People."""
    end_user: OneOrMore | None = None
    """People a key acts for."""
    agent: OneOrMore | None = None
    """Agents, which are service accounts."""
    team: OneOrMore | None = None
    """Teams."""
    organisation: OneOrMore | None = None
    """Organisations."""
    role: OneOrMore | None = None
    """Roles, of which the caller has one."""
    claim: dict[str, OneOrMore] = {}
    """Claims of a verified token by name, or by a path such as `realm.name`; of a claim that is a list, one fits."""

    def selectors(self) -> dict[str, tuple[str, ...]]:
        """What it says about the caller, without claims."""
        written = ((name, getattr(self, name)) for name in WHO)
        return {name: listed(who) for name, who in written if who is not None}

    def check_selectors(self) -> None:
        """Raises ValueError for what names nobody."""
        for who in (*(getattr(self, each) for each in WHO), *self.claim.values()):
            if who is not None and not all(listed(who) or ("",)):
                raise ValueError("an empty text or list names nobody; leave the key out, or write `*` for any")


def listed(written: OneOrMore) -> tuple[str, ...]:
    """One text or several, as several."""
    return (written,) if isinstance(written, str) else written
