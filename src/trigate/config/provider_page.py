"""The page of the reference that lists the providers of the catalogue, and the quirks that providers can have."""

from collections.abc import Callable

from trigate.llm.provider_entry import ProviderEntry, listed_names, read_entry
from trigate.llm.quirk import QUIRKS

INTRO = """
Each of these is a kind: `{ kind: NAME, api_key: … }` under `llm.providers` is all it takes. It has the keys of the kind
[`openai`](kinds/providers/openai.md), and those that its address names in braces, which must be written. What the
catalogue says holds until the configuration says something else. A provider is added with one more file under
`src/trigate/llm/provider_catalogue`, or with the kind `openai` and a `base_url`."""
QUIRK_INTRO = """
`quirks` of a provider lists what is particular to it in a dialect that others speak too. They matter where an ask is
translated; a caller who speaks the provider's own dialect is taken at the word."""
SHORT = {"openai_chat": "chat", "openai_responses": "responses", "anthropic_messages": "messages"}

Row = Callable[..., str]


def provider_blocks(row: Row) -> list[str]:
    """The blocks of the page; `row` writes one row of a table."""
    found = {name: read_entry(name) for name in listed_names()}
    table = [row("kind", "provider", "address", "speaks", "key in", "quirks", "source"), row(*["---"] * 7)]
    table += [row(*_cells(name, entry)) for name, entry in found.items()]
    quirks = [row("quirk", "a server that has it"), row("---", "---")]
    quirks += [row(f"`{name}`", meaning) for name, meaning in sorted(QUIRKS.items())]
    return [f"{len(found)} providers.", INTRO, "\n".join(table), "## Quirks", QUIRK_INTRO, "\n".join(quirks)]


def _cells(name: str, entry: ProviderEntry) -> list[str]:
    return [
        f"`{name}`",
        f"[{entry.title}]({entry.docs})",
        f"`{entry.base_url}`",
        ", ".join(SHORT[each] for each in entry.speaks),
        ", ".join(f"`{each}`" for each in entry.variable),
        ", ".join(f"`{each}`" for each in entry.quirks),
        f"[{entry.date}]({entry.source})",
    ]
