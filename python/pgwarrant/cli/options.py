"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = [
    "DEFAULT_TRUST",
    "bin_dir_option",
    "change_argument",
    "package_argument",
    "pg_option",
    "role_option",
    "save_option",
    "target_option",
    "trust_option",
    "warrant_option",
    "writable_trust_option",
]

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_TRUST = "/etc/pgwarrant/allowed_signers"

change_argument = click.argument("change", type=click.Path(path_type=Path))
package_argument = click.argument("package", type=click.Path(path_type=Path))
pg_option = click.option("--pg", type=click.IntRange(9, 99), help="The PostgreSQL major to use, for instance 16.")
bin_dir_option = click.option("--bin-dir", help="The folder with initdb, postgres and pg_dump to use.")
role_option = click.option("--role", help="The role to act as.")
save_option = click.option("-o", "--output", type=click.Path(path_type=Path), help="Also write the JSON document here.")


def target_option(*, required: bool = True) -> Callable[[Command], Command]:
    """``--target``: libpq conventions."""
    return click.option(
        "--target",
        envvar="PGWARRANT_TARGET",
        required=required,
        help="The database: a URL, key=value words, or service=NAME, as for psql.",
    )


def trust_option() -> Callable[[Command], Command]:
    """``--trust``: the allowed_signers file."""
    return click.option(
        "--trust",
        default=DEFAULT_TRUST,
        show_default=True,
        help="The allowed_signers file, out of the requester's reach.",
    )


def writable_trust_option() -> Callable[[Command], Command]:
    """``--writable-trust``: for demonstrations."""
    return click.option(
        "--writable-trust",
        is_flag=True,
        help="For demonstrations: accept a trust root that this very account could write. The report says so.",
    )


def warrant_option() -> Callable[[Command], Command]:
    """``--warrant``: one of several."""
    return click.option("--warrant", help="The warrant to use, by digest or file, when there are several.")
