"""A stream whose records come whole in the answers to questions, a few asked at a time."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.extraction.fetcher import ATTEMPTS, RESTARTED
from tap_clevertap.extraction.progress import Progress
from tap_clevertap.extraction.worker_pool import Crew, Finished
from tap_clevertap.streams.base.stream import ClevertapStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_clevertap.output.rows import Row

Question = TypeVar("Question")

LANE = "lane"
MOST_WAITING = 16
"""Answers that wait to be written; a year of an event's counts is a tenth of a megabyte."""


class AskedStream(ClevertapStream, Generic[Question]):
    """Asks its questions and passes on what they are answered."""

    lanes_a_permit: ClassVar[int] = 1
    """Questions under way for each request that may be in flight: more where answers are polled."""
    asks_ahead: ClassVar[bool] = True
    """Whether to ask before the stream's turn: not where the questions are to be asked for too, and
    not for what is true of a moment alone."""

    _is_its_turn = False
    _crew: Crew[Question, Sequence[Row] | None] | None = None

    @override
    def look_first(self) -> None:
        self.source.listed_events  # noqa: B018 - asking is what counts

    @abstractmethod
    def questions(self) -> Iterable[Question]:
        """Return what to ask, in the order of asking."""

    @abstractmethod
    def answer(self, question: Question) -> Sequence[Row]:
        """Ask and return the records of the answer; called on any thread."""

    def close(self, question: Question) -> None:
        """Do what follows when the records of a question are written; nothing by default."""

    def ask_ahead(self) -> None:
        """Put the questions before it is the stream's turn: CleverTap answers while others write.

        Some answers wait in memory until they are taken; nothing is written.

        Raises:
            SettingError: What the state says of an earlier run is no bookmark.
        """
        if self.asks_ahead and self.has_looked:
            self._crew = self._asking()
            self._crew.start()

    def dismiss(self) -> None:
        """Ask no more: the run has come to its end without the stream's turn."""
        if self._crew is not None:
            self._crew.dismiss()

    def _asking(self) -> Crew[Question, Sequence[Row] | None]:
        lanes = self.source.settings.max_concurrency * self.lanes_a_permit
        crew: Crew[Question, Sequence[Row] | None] = Crew({LANE: lanes}, buffer=MOST_WAITING)
        questions = list(self.questions())
        self._asked = len(questions)
        for question in questions:
            crew.submit(LANE, question, lambda one: [self._early_answer(one)])
        return crew

    def _early_answer(self, question: Question) -> Sequence[Row] | None:
        """Answer; None where that fails before the stream's turn and may succeed later."""
        try:
            return self._answered(question)
        except (errors.Lost, errors.Transient):
            if self._is_its_turn:
                raise
            return None

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        self._is_its_turn = True
        progress = Progress(self.name, self.source.client.waits)
        crew, self._crew = self._crew or self._asking(), None
        progress.planned = self._asked
        again: set[Question] = set()
        for question, answered in crew.results(progress.wait):
            if answered is None:
                again.add(question)
                crew.submit(LANE, question, lambda one: [self._answered(one)])
                continue
            if isinstance(answered, Finished):
                if question in again:  # the first of the two times that it finishes
                    again.discard(question)
                    continue
                self.when_written(partial(self.close, question))
                progress.add(slices=1)
                continue
            progress.add(rows=len(answered))
            yield answered
        progress.end()

    def _answered(self, question: Question) -> Sequence[Row]:
        """Put a question again whose answer stays broken, at most twice.

        Raises:
            ClevertapError: There is no answer; the text says to what.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self.answer(question)
            except (errors.Refused, errors.Lost, errors.Transient) as error:
                if attempt < ATTEMPTS and isinstance(error, RESTARTED):
                    continue
                what = f"{self.name}: {question or 'the list'} was not answered"
                msg = f"{what} ({type(error).__name__}: {error})"
                raise type(error)(msg) from None
