"""Print the JSON Schema of the configuration, for editors."""

import argparse
import json

from trigate.config.schema import schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare that there are no options, and tell how editors use the schema."""
    parser.epilog = (
        "Save it beside the configuration, and begin trigate.yaml with the line\n"
        "  # yaml-language-server: $schema=trigate.schema.json"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0."""
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return 0
