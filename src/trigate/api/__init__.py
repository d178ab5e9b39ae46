"""The lane of service traffic: routes to services."""
