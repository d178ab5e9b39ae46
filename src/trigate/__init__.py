"""One gateway for the service, model and tool traffic of an AI system."""

VERSION = "0.1.0"
