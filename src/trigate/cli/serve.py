"""Serve the gateway of a configuration file until told to stop.

SIGTERM or SIGINT ends it once the requests under way are answered, a second one at once. SIGHUP, or a change of the
file, makes it use the file anew without a request failing; a file with problems is told and leaves the old one in use.
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-c", "--config", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 after a full drain, 1 if the file cannot be used or a second signal cut the drain short."""
    from trigate.app import build_gateway, control_services
    from trigate.process.gateway import run_gateway

    return run_gateway(arguments.config, build_gateway, control_services)
