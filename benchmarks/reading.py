"""How much time and memory does reading a text file of a million points take, compared with Arrow's parser?

The file is written into a temporary folder in several formats, and each is read in a new process.

Run: python -m benchmarks.reading
"""

import gzip
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from pyarrow import csv

from benchmarks.side_by_side import peak_mib
from shapeclf.datasets.tables.reading import read_table

POINTS = 1_000_000
FORMS: dict[str, Callable[[str], str]] = {
    "commas": lambda text: text,
    "semicolons, decimal comma": lambda text: text.replace(",", ";").replace(".", ","),
    "blanks": lambda text: text.replace(",", " "),
    "columns of blanks": lambda text: "  " + text.replace(",", "   ").replace("\n", "\n  ").rstrip(" "),
}


def seconds(path: Path) -> tuple[float, float]:
    """Return the processor seconds of the reader in its second run, and the peak memory of its process in MiB."""
    for _ in range(2):
        start = time.process_time()
        table = read_table(path)
        taken = time.process_time() - start
    assert len(table) == POINTS
    return taken, peak_mib()


def arrow_alone(path: Path) -> float:
    """Return the processor seconds of Arrow's parser with one thread in its second run."""
    for _ in range(2):
        start = time.process_time()
        csv.read_csv(path, csv.ReadOptions(use_threads=False))
        taken = time.process_time() - start
    return taken


def main() -> None:
    rng = np.random.default_rng(0)
    values = zip((np.arange(POINTS) / 1000).tolist(), rng.normal(size=POINTS).tolist(), strict=True)
    text = "t,s\n" + "".join(f"{t:.6f},{s:.9f}\n" for t, s in values)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.csv"
        for form, change in FORMS.items():
            path.write_text(change(text), encoding="utf-8")
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                taken, memory = process.submit(seconds, path).result()
            alone = f", Arrow alone {arrow_alone(path):.2f} s" if form == "commas" else ""
            print(f"{form}: {taken:.2f} s, {memory:.0f} MiB{alone}")
        path.write_bytes(gzip.compress(text.encode(), 6))
        print(f"gzip: {seconds(path)[0]:.2f} s")


if __name__ == "__main__":
    main()
