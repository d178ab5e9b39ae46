"""Write the table of what translation between dialects loses, from the golden files that tests hold."""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
ASKS = ROOT / "tests" / "llm" / "golden" / "asks"
PAGE = ROOT / "docs" / "explanation" / "what-translation-loses.md"
HEAD = """# What translation loses

<!-- Written by `make docs` from the golden files under `tests/llm/golden/asks`. -->

A caller speaks one dialect and a provider may speak another. Where both speak the same, asks and answers pass value for
value. Where they do not, an ask is translated; this page says what of it cannot be. Every row is a member of the
caller's dialect, every column the dialect of a provider. An empty cell: carried. *degraded*: something else that comes
near is said in its place. **dropped**: the provider has nothing like it.

Members that stand in no row are carried everywhere, and those that no dialect has yet are carried by none but their
own. A call tells its own losses in the header field `x-trigate-loss` and in its record; `llm.on_loss` decides whether
they are told, silent, or a reason to refuse.
"""
TITLES = {
    "openai_chat": "OpenAI chat", "openai_responses": "OpenAI Responses", "anthropic_messages": "Anthropic Messages",
    "gemini_content": "Gemini", "bedrock_converse": "Bedrock Converse", "cohere_chat": "Cohere chat",
}  # fmt: skip
_MADE_UP = re.compile("future|unknown|tomorrow")
"""Members that no dialect has: they stand for those of tomorrow."""
WORDS = {"degraded": "*degraded*", "dropped": "**dropped**"}

Fates = dict[str, dict[str, str]]
"""What becomes of a member, by its path, for each other dialect."""


def fates(dialect: str) -> Fates:
    """The worst that happens to each member in any case."""
    found: Fates = defaultdict(dict)
    for path in sorted((ASKS / dialect).glob("*.to.*.json")):
        target = path.stem.rpartition(".to.")[2]
        for field, fate, _ in json.loads(path.read_text()).get("losses", []):
            if found[field].get(target) != "dropped":
                found[field][target] = fate
    return {field: by for field, by in sorted(found.items()) if not _MADE_UP.search(field)}


def section(dialect: str) -> str:
    """A caller's dialect with its table."""
    others = [each for each in TITLES if each != dialect]
    lines = [
        f"\n## Callers of {TITLES[dialect]}\n",
        f"| member | {' | '.join(TITLES[each] for each in others)} |",
        f"|---|{'---|' * len(others)}",
    ]
    for field, by in fates(dialect).items():
        cells = [WORDS.get(by.get(each, ""), "") for each in others]
        lines.append(f"| `{field}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The whole page."""
    return HEAD + "".join(map(section, TITLES))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
