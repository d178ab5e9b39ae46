"""The proxies under measurement, one file each: its configuration and its command."""
