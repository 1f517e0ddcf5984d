"""bqemulator, taught what target-bigquery sends; run by the Python of .venv-bigquery.

It takes no gzip in uploads and no qualified names in the SET of a MERGE, as BigQuery does. A file
that is named `fail` in its folder makes the next load job into a table of events fail.

usage: python emulator.py FOLDER PORT TOKEN_PORT
"""
# ruff: noqa: ANN401, SLF001 - it is changed from within

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from bqemulator import cli
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.jobs import executor
from duckdb_extensions import import_extension

GZIP = b"\x1f\x8b"
SET = re.compile(r"(UPDATE SET )(.*?)( WHEN NOT MATCHED)", re.DOTALL)
EVENTS = re.compile(r"\bevents__")
TOKEN = b'{"access_token": "any", "expires_in": 3600, "token_type": "Bearer"}'


class Tokens(BaseHTTPRequestHandler):
    """Gives everybody a token, as Google's server does to those with a key."""

    def do_POST(self) -> None:
        """Answer any request."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(TOKEN)))
        self.end_headers()
        self.wfile.write(TOKEN)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def teach(folder: Path) -> None:
    """Change what the emulator does with load jobs and with MERGE."""
    load, query = executor._load_json, executor.execute_query_job

    def load_json(path: str, table: str, context: Any) -> None:
        if EVENTS.search(table) and (folder / "fail").exists():
            (folder / "fail").unlink()
            msg = "this load job was made to fail"
            raise InvalidQueryError(msg)
        data = Path(path).read_bytes()
        if data.startswith(GZIP):
            path = f"{path}.json"
            Path(path).write_bytes(gzip.decompress(data))
        load(path, table, context)

    async def execute(project: str, job: str, sql: str, *others: Any, **named: Any) -> Any:
        plain = SET.sub(lambda part: part[1] + part[2].replace("target.`", "`") + part[3], sql)
        return await query(project, job, plain, *others, **named)

    handlers = executor._LOAD_FORMAT_HANDLERS
    for name, handler in handlers.items():
        if handler is load:
            handlers[name] = load_json
    executor.execute_query_job = execute


if __name__ == "__main__":
    folder, port, token_port = sys.argv[1:]
    import_extension("spatial")  # it insists on it, and would download it
    teach(Path(folder))
    tokens = HTTPServer(("127.0.0.1", int(token_port)), Tokens)
    threading.Thread(target=tokens.serve_forever, daemon=True).start()
    settings = {"rest-port": port, "grpc-port": "0", "project": "p", "log-level": "error"}
    sys.argv = ["bqemulator", "start", *(f"--{key}={value}" for key, value in settings.items())]
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()
    cli.main()
