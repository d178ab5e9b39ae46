"""What is left to chance; it need not be hard to foresee."""

import random
from typing import Final

chance: Final = random.random
"""A number from 0 up to 1."""
