"""How long `pgwarrant check` takes on one statement, beside the same interpreter doing nothing.

Run with the Python that pgwarrant is installed for. Each round starts both, one after the other, so that a busy machine
slows both; what counts is the median of the ratios.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 30
LIMIT = 3.0


def timed(command: list[str], folder: Path) -> float:
    """Seconds from start to end."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Print the medians and their ratio."""
    program = Path(sys.executable).parent / "pgwarrant"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one.sql").write_text("CREATE TABLE shop.orders (order_id bigint PRIMARY KEY);\n")
        nothing = [sys.executable, "-c", "pass"]
        check = [str(program), "check", "one.sql"]
        for command in (nothing, check):
            timed(command, folder)
        rounds = [(timed(nothing, folder), timed(check, folder)) for _ in range(ROUNDS)]
    bare, checked = (statistics.median(times) * 1e3 for times in zip(*rounds, strict=True))
    ratio = statistics.median(checked / bare for bare, checked in rounds)
    print(f"start: python -c pass {bare:.1f} ms, pgwarrant check {checked:.1f} ms, ratio {ratio:.2f} (at most {LIMIT})")


if __name__ == "__main__":
    main()
