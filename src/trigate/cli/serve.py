"""Serve the gateway of a configuration file until told to stop.

SIGTERM or SIGINT ends it once the requests under way are answered, a second one at once. SIGHUP, or a change of the
file, makes it use the file anew without a request failing; a file with problems is told and leaves the old one in use.
SIGUSR2, or `trigate upgrade`, puts a newly installed version of the program in its place, as smoothly.
"""

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-c", "--config", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")
    parser.add_argument(
        "--pid-file", metavar="PATH", default="", help="write the process id there once callers are served"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 after a full drain, 1 if the file cannot be used or a second signal cut the drain short."""
    from trigate.app import build_gateway, control_services
    from trigate.process.gateway import run_gateway

    again = [sys.executable, *sys.orig_argv[1:]]
    return run_gateway(arguments.config, build_gateway, control_services, command=again, pid_file=arguments.pid_file)
