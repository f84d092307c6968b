"""Small scripts and the command that checks them, for every test of `pgwarrant check`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pgwarrant.cli import check as checking

FORMATS = checking.FORMATS
DROP = "ALTER TABLE shop.orders DROP COLUMN note;\n"
CREATE = "CREATE TABLE shop.orders (order_id bigint PRIMARY KEY);\n"
BROKEN = "SELEC 1;\n"


def run(*words: object, cwd: Path | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "pgwarrant", "check", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=cwd,
        env={**environment, **more.pop("env", {})},
        **more,
    )
