"""Divides an export into pages and chains their cursors."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_clevertap.sandbox.faults import Faults

T = TypeVar("T")


@dataclass(slots=True)
class Page(Generic[T]):
    """Some records and the number of the page after it; None on the last."""

    records: list[T]
    following: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """How large pages are: a share of `batch` from each of `shards`."""

    batch: int
    shards: int
    seed: str

    @property
    def share(self) -> int | None:
        """Return the records per shard and page; None, everything, below one each."""
        return self.batch // self.shards or None


def chain(records: Iterable[T], shard_of: Callable[[T], int], cut: Cut) -> list[list[T]]:
    """Return the records as lists, in no order that means anything; at least one list."""
    shards = _deal(records, shard_of, cut)
    pages: list[list[T]] = []
    share = cut.share or max(map(len, shards))
    for start in range(0, max(map(len, shards)), max(1, share)):
        Random(f"{cut.seed} {start}").shuffle(shards)  # noqa: S311 - page order, no secret
        pages.append([record for shard in shards for record in shard[start : start + share]])
    return pages or [[]]


def _deal(records: Iterable[T], shard_of: Callable[[T], int], cut: Cut) -> list[list[T]]:
    shards: list[list[T]] = [[] for _ in range(cut.shards)]
    for record in records:
        shards[shard_of(record)].append(record)
    for number, shard in enumerate(shards):
        Random(f"{cut.seed} shard {number}").shuffle(shard)  # noqa: S311 - page order, no secret
    return shards


@dataclass(slots=True)
class PageFaults(Generic[T]):
    """Applies the faults that change which pages an export has.

    `request` names the request whatever its turn, `export` this opening of it.
    """

    faults: Faults
    request: str
    export: str
    pages: list[list[T]] = field(default_factory=list)

    def spoil(self, pages: list[list[T]]) -> list[Page[T]]:
        """Return the pages as the client will see them."""
        self.pages = pages
        if self.faults.value("repeats"):
            self._repeat()
        if self.faults.value("short_page"):
            whole = enumerate(self.pages)
            self.pages = [part for at, page in whole for part in self._shorten(at, page)]
        self._lose()
        if self.faults.value("empty_page"):
            self.pages = [
                part for at, page in enumerate(self.pages) for part in self._pad(at, page)
            ]
        return self._link()

    def _strikes(self, name: str, page: int) -> bool:
        return self.faults.strikes(name, f"{self.request} {page}")

    def _repeat(self) -> None:
        """Let some records come twice: on their own page or, every other time, on the next."""
        carried: list[T] = []
        for at, page in enumerate(self.pages):
            twice = [
                record
                for place, record in enumerate(page)
                if self.faults.chooses("repeats", f"{self.export} {at} {place}")
            ]
            is_last = at == len(self.pages) - 1
            here = twice if is_last else twice[::2]
            page.extend(carried + here)
            carried = [] if is_last else twice[1::2]

    def _shorten(self, at: int, page: list[T]) -> list[list[T]]:
        if len(page) > 1 and self._strikes("short_page", at):
            return [page[:1], page[1:]]
        return [page]

    def _lose(self) -> None:
        if self.faults.value("drop_page"):
            kept = [
                page for at, page in enumerate(self.pages) if not self._strikes("drop_page", at)
            ]
            self.pages = kept or [[]]
        if len(self.pages) > 1 and self._strikes("ends_early", 0):
            self.pages = self.pages[: len(self.pages) // 2]

        if self.faults.value("repeated_page"):
            for at in range(1, len(self.pages)):
                if self._strikes("repeated_page", at):
                    self.pages[at] = self.pages[at - 1]

    def _pad(self, at: int, page: list[T]) -> list[list[T]]:
        return [[], page] if self._strikes("empty_page", at) else [page]

    def _link(self) -> list[Page[T]]:
        last = len(self.pages) - 1
        linked = [Page(page, None if at == last else at + 1) for at, page in enumerate(self.pages)]
        for at, page in enumerate(linked[1:-1], start=1):
            if self._strikes("lost_cursor", at):
                page.following = None
        for at, page in enumerate(linked):
            if at != last and self._strikes("repeated_cursor", at):
                page.following = at
        if self._strikes("cursor_cycle", 0):
            linked[last].following = 0
        return linked
