"""`pgwarrant check` as a whole process, beside an interpreter that does nothing and beside squawk, another linter.

    python benches/beside.py FOLDER

FOLDER holds what `cargo bench --bench check -- FOLDER` wrote: `big.sql` and the files in `small`. Run with the Python
that pgwarrant is installed for, as a release build; squawk is taken from its side. Each round starts every program, one
after the other, so that a busy machine slows all of them; what counts is the median of the ratios.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

PROGRAMS = Path(sys.executable).parent


class Run(NamedTuple):
    """Seconds from start to end, and the most memory it had, in bytes."""

    seconds: float
    memory: int


def run(command: list[str]) -> Run:
    """Run a program to its end, its output thrown away."""
    begun = time.perf_counter()
    child = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_WRONLY, 0) for descriptor in (1, 2)],
    )
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{' '.join(command[:3])} ended with {status}")
    return Run(time.perf_counter() - begun, used.ru_maxrss * 1024)


def compare(title: str, ours: list[str], other: list[str], rounds: int) -> Run:
    """Print the medians of both and of their ratio, and give back the median of ours."""
    for command in (ours, other):
        run(command)
    pairs = [(run(ours), run(other)) for _ in range(rounds)]
    mine, theirs = (statistics.median(one.seconds for one in runs) * 1e3 for runs in zip(*pairs, strict=True))
    ratio = statistics.median(one.seconds / two.seconds for one, two in pairs)
    memory = statistics.median(one.memory for one, _ in pairs)
    print(f"{title:28} {mine:9.1f} ms {theirs:9.1f} ms   {ratio:5.2f} x, {1 / ratio:5.2f} times as fast")
    return Run(mine / 1e3, int(memory))


def main() -> None:
    """Print one line for each comparison."""
    folder = Path(sys.argv[1])
    (folder / "one.sql").write_text("CREATE TABLE shop.orders (order_id bigint PRIMARY KEY);\n")
    check = [str(PROGRAMS / "pgwarrant"), "check", "--no-config"]
    one, big, small = (str(folder / name) for name in ("one.sql", "big.sql", "small"))
    files = [str(path) for path in sorted(Path(small).iterdir())]
    compare("start, python -c pass", [*check, one], [sys.executable, "-c", "pass"], 30)
    squawk = PROGRAMS / "squawk"
    if not squawk.exists():
        print("squawk: not run, it is not installed beside this Python (squawk-cli on PyPI)")
        return
    other = [str(squawk), "--reporter", "gcc"]
    whole = compare("one big file, squawk", [*check, big], [*other, big], 5)
    compare(f"{len(files)} small files, squawk", [*check, small], [*other, *files], 10)
    size = Path(big).stat().st_size
    print(f"{'memory on the big file':28} {whole.memory / 1e6:9.1f} MB   {whole.memory / size:5.2f} x its size")


if __name__ == "__main__":
    main()
