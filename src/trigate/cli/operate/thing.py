"""What a tool server offers, as operators call it: `git/push` a tool, `git/prompt/brief` anything else."""

KINDS = ("tool", "prompt", "resource", "template")
WHAT = "a tool, or SERVER/prompt/NAME, SERVER/resource/URI, SERVER/template/URI; or everything of a server or a kind"


def read_place(text: str) -> tuple[str, str, str]:
    """Server, kind and name; a kind or name is empty for all of them."""
    server, _, rest = text.partition("/")
    kind, _, name = rest.partition("/")
    if kind in KINDS:
        return server, kind, name
    return server, "tool" if rest else "", rest


def printable(text: str) -> str:
    """Letters that nobody sees are written as what they are."""
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in text)
