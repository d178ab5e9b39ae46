"""By what is asked, and by whom."""

from collections.abc import Sequence

from trigate.core.call import Call
from trigate.llm.branch import Branch
from trigate.llm.candidate import Candidate
from trigate.llm.condition import condition
from trigate.llm.operation import Ask
from trigate.llm.strategy import Order, Strategy


class Conditional(Strategy):
    """Asks go by the first rule whose condition holds; if none does, in the order in which the targets are written."""

    rules: tuple[Branch, ...]
    """What is looked at, in this order."""

    @property
    def excludes(self) -> bool:
        """Whether any rule has `only`."""
        return any(each.only for each in self.rules)

    def check(self, names: Sequence[str]) -> None:
        """Raises ValueError unless all that rules name are targets."""
        for rule in self.rules:
            for name in rule.names():
                if name not in names:
                    raise ValueError(f"{name!r}, of the rule `{rule.when}`, is not among the targets")

    def open(self, model: str, candidates: Sequence[Candidate]) -> Order | None:
        """Asks the rules for each ask."""
        rules = [(condition(each.when), each) for each in self.rules]

        def order(call: Call, ask: Ask, found: Sequence[Candidate]) -> Sequence[Candidate]:
            rule = next((rule for holds, rule in rules if holds(call, ask)), None)
            return found if rule is None else _sorted(found, rule)

        return order


def _sorted(candidates: Sequence[Candidate], rule: Branch) -> Sequence[Candidate]:
    names = rule.names()
    last = len(names)
    chosen = [each for each in candidates if each.name in names] if rule.only else candidates
    return sorted(chosen, key=lambda each: names.index(each.name) if each.name in names else last)
