"""The least that can be done: read every page and split it into records, on one connection."""

from __future__ import annotations

import http.client
import json
import sys
from urllib.parse import quote, unquote, urlsplit

import msgspec


class Page(msgspec.Struct):
    """A page whose records stay bytes."""

    records: list[msgspec.Raw] = []
    next_cursor: str | None = None


def main(arguments: list[str]) -> None:
    """Count the records of `event` from `first` to `last` at `url`; say how many."""
    url, account_id, passcode, event, first, last = arguments
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    headers = {"X-CleverTap-Account-Id": account_id, "X-CleverTap-Passcode": passcode}
    days = {"from": int(first.replace("-", "")), "to": int(last.replace("-", ""))}
    query = json.dumps({"event_name": event, **days})
    connection.request("POST", "/1/events.json?batch_size=5000", query, headers)
    cursor = json.load(connection.getresponse()).get("cursor")
    pages, records = msgspec.json.Decoder(Page), 0
    while cursor:
        path = f"/1/events.json?cursor={quote(unquote(cursor), safe='')}"
        connection.request("GET", path, headers=headers)
        page = pages.decode(connection.getresponse().read())
        records += len(page.records)
        cursor = page.next_cursor
    sys.stderr.write(f"{records} rows\n")


if __name__ == "__main__":
    main(sys.argv[1:])
