"""Texts in which `*` stands for any text, `/` included: the one way in which policies name names."""

from collections.abc import Iterable

from trigate.core.wildcard import fits


class Globs:
    """Several globs of which one must fit; each look costs one pass over the text, whatever it holds."""

    __slots__ = ("_exact", "_patterns", "texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)
        """As they were written."""
        self._exact = frozenset(each for each in self.texts if "*" not in each)
        self._patterns = tuple(each.split("*") for each in self.texts if "*" in each)

    def fit(self, text: str) -> bool:
        """Whether one of them fits the whole text."""
        return text in self._exact or any(fits(text, each, 0) for each in self._patterns)

    @property
    def names(self) -> frozenset[str] | None:
        """The only texts they fit, None if there is no end to those."""
        return None if self._patterns else self._exact
