"""Put a newly installed version of the program in the place of the one that runs, without a request failing."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-c", "--config", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 once the new program serves, 1 if it cannot, and the old one goes on; raises BadConfig."""
    from trigate.config.load import load
    from trigate.core.clock import clock
    from trigate.core.errors import BadConfig
    from trigate.process.lock import look

    directory = Path(load(arguments.config).store.directory)
    before = look(directory)
    if before is None:
        raise BadConfig(f"no gateway runs on {directory}, as seen from here")
    os.kill(before.pid, signal.SIGUSR2)
    until = clock.monotonic() + PATIENCE_SECONDS
    while clock.monotonic() < until:
        now = look(directory)
        if now is not None and now.upgrades > before.upgrades and now.serving:
            return _tell(now.problem)
        time.sleep(LOOK_SECONDS)
    return _tell("it is not known what became of it; see the gateway's log")


def _tell(problem: str) -> int:
    print(problem or "the new program serves", file=sys.stderr if problem else sys.stdout)
    return int(bool(problem))
