"""A target: the database a change is meant for, named by libpq's conventions. Nothing connects until a phase does."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Target", "conninfo_of"]

_SECRET_WORD = re.compile(r"""(?i)\b((?:ssl)?password)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)""")
_SECRET_URL = re.compile(r"(?i)^(postgres(?:ql)?://[^:@/?#]*):[^@]*@")
_SECRET_QUERY = re.compile(r"(?i)([?&](?:ssl)?password)=[^&#]*")


@dataclass(frozen=True, repr=False)
class Target:
    """Where to connect: a URL, ``key=value`` words, ``service=NAME``, or nothing for ``PG*`` and the defaults.

    >>> Target("host=db.example dbname=directus password=secret")
    Target('host=db.example dbname=directus password=***')
    >>> Target("service=directus").as_role("workflow_admin").conninfo
    "service=directus user='workflow_admin'"
    """

    conninfo: str = ""

    def as_role(self, role: str) -> Target:
        """The same database, connected to as another login role.

        >>> Target("postgresql://reader@db.example/directus").as_role("owner").conninfo
        'postgresql://owner@db.example/directus'
        """
        url = re.match(r"(?i)^(postgres(?:ql)?://)(?:[^@/?#]*@)?", self.conninfo)
        if url:
            from urllib.parse import quote

            return Target(f"{url[1]}{quote(role, safe='')}@{self.conninfo[url.end() :]}")
        escaped = role.replace("\\", "\\\\").replace("'", "\\'")
        kept = re.sub(r"""(?:^|\s)user\s*=\s*('(?:[^'\\]|\\.)*'|\S+)""", " ", self.conninfo).strip()
        return Target(f"{kept} user='{escaped}'".strip())

    def redacted(self) -> str:
        """The connection string without any password, fit for a log.

        >>> Target("postgresql://me:secret@db.example/x?sslpassword=also").redacted()
        'postgresql://me:***@db.example/x?sslpassword=***'
        """
        text = _SECRET_URL.sub(r"\1:***@", self.conninfo)
        text = _SECRET_QUERY.sub(r"\1=***", text)
        return _SECRET_WORD.sub(r"\1=***", text)

    def __repr__(self) -> str:
        return f"Target({self.redacted()!r})"


def conninfo_of(target: Target | str) -> str:
    """The connection string of a target, or the string itself."""
    return target.conninfo if isinstance(target, Target) else target
