"""Where in a file a path of the configuration is written."""

from trigate.config.document import read_document
from trigate.config.node import Mapping, Mark, Node, Scalar
from trigate.config.problem import Path


def find_mark(text: str, path: Path) -> Mark | None:
    """Line and column of what stands at `path`; None if the text does not say it. Raises InvalidConfig."""
    node: Node | None = read_document(text, "")
    for step in path:
        node = _into(node, step) if node is not None else None
    return node.mark if node is not None else None


def _into(node: Node, step: str | int) -> Node | None:
    if isinstance(node, Mapping):
        return next((value for key, value in node.entries if key.text == step), None)
    if isinstance(node, Scalar) or not isinstance(step, int) or step >= len(node.items):
        return None
    return node.items[step]
