"""Start a gateway that needs nothing: it brings a small service, a chat model and a tool server of its own.

It prints a key and three commands to try it with, and stays on this machine. Keys of real providers that are in the
environment add their models. Ctrl-C ends the gateway and everything it started.
"""

import argparse
import os
import signal
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from trigate.cli.demo.greeting import greeting
from trigate.cli.demo.plan import configuration, make_plan
from trigate.config.environment import environment

TOOLS = [sys.executable, "-P", "-m", "trigate.cli.demo.tools"]
"""The demo's tool server; `-P` keeps a file of the working directory from being imported in a module's place."""
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--port",
        metavar="N",
        type=_port,
        help="serve on port N of 127.0.0.1, 0 for any free one; default: 8080, or a free one if it is taken",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 after a full drain, 1 if it was cut short; raises OSError for a port that is taken."""
    from trigate.app import build_gateway
    from trigate.cli.demo.upstreams import Upstreams
    from trigate.process.gateway import run_gateway

    plan = make_plan(arguments.port, environment())
    stays = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    with _ended_by_signals(), _folder() as folder, closing(Upstreams(plan.provider_key)) as upstreams:
        path = Path(folder) / "trigate.yaml"
        text = configuration(plan, str(Path(folder) / "data"), upstreams.service, upstreams.provider, TOOLS)
        _write(path, text)

        def announce() -> None:
            if not stays:  # as under nohup
                _end_with_the_terminal()
            print(greeting(plan, str(path)), flush=True)

        return run_gateway(str(path), build_gateway, upstreams.offer, announce)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _folder() -> TemporaryDirectory[str]:
    """A folder for its owner alone (mode 0700), gone with the demo."""
    return TemporaryDirectory(prefix="trigate-demo-", ignore_cleanup_errors=True)


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """Clean up also if told to end before the gateway listens to signals itself."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    for number in _ENDING:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, _leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _end_with_the_terminal() -> None:
    """A demo that stays when its window is closed would hold the port, and nobody would know why."""
    signal.signal(signal.SIGHUP, _stop)


def _stop(number: int, frame: object) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
