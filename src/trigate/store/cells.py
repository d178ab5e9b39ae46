"""The cell of each algorithm."""

from trigate.store.cell import Bucket, Cell, Concurrency, Window
from trigate.store.sliding import Sliding

CELLS: dict[str, type[Cell]] = {
    "bucket": Bucket,
    "sliding": Sliding,
    "window": Window,
    "concurrency": Concurrency,
}
