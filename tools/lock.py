"""Write the two hashed locks of requirements/ from pyproject.toml."""

import subprocess

LOCKS = {"run": "build", "dev": "dev"}
COMPILE = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"]
WITHOUT_ADDRESSES = ["--generate-hashes", "--no-header", "--no-annotate"]


def main() -> None:
    """Compile each lock from its extra; versions already locked are kept unless pyproject.toml forbids them."""
    for lock, extra in LOCKS.items():
        command = [*COMPILE, *WITHOUT_ADDRESSES, "--quiet", "--extra", extra, "-o", f"requirements/{lock}.txt"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
