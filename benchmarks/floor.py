"""The least that can be done: read every page and split it into records, on one connection."""

from __future__ import annotations

import http.client
import json
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Page(msgspec.Struct):
    """A page whose records stay bytes."""

    records: list[msgspec.Raw] = []
    next_cursor: str | None = None


def pages(question: Sequence[str], size: int) -> Iterator[Page]:
    """Yield the pages of one chain, of `size` rows or fewer.

    A question is the URL, account id and passcode, an event, its first and its last day.
    """
    url, account_id, passcode, event, first, last = question
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    headers = {"X-CleverTap-Account-Id": account_id, "X-CleverTap-Passcode": passcode}
    days = {"from": int(first.replace("-", "")), "to": int(last.replace("-", ""))}
    query = json.dumps({"event_name": event, **days})
    connection.request("POST", f"/1/events.json?batch_size={size}", query, headers)
    cursor = json.load(connection.getresponse()).get("cursor")
    decoder = msgspec.json.Decoder(Page)
    while cursor:
        path = f"/1/events.json?cursor={quote(unquote(cursor), safe='')}"
        connection.request("GET", path, headers=headers)
        page = decoder.decode(connection.getresponse().read())
        yield page
        cursor = page.next_cursor
    connection.close()


def main(arguments: list[str]) -> None:
    """Count the records of `event` from `first` to `last` at `url`; say how many."""
    records = sum(len(page.records) for page in pages(arguments, 5000))
    sys.stderr.write(f"{records} rows\n")


if __name__ == "__main__":
    main(sys.argv[1:])
