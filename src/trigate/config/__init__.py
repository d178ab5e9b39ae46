"""The whole YAML file as one type: loaded, checked, explained."""
