"""Base class of all streams: privacy rules, preparation and isolation of failures."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clevertap import errors, logger
from tap_clevertap.config.privacy import PrivacyRules
from tap_clevertap.output.rows import as_json
from tap_clevertap.records.masking import masker
from tap_clevertap.streams.base.writing import RowStream

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Generator, Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context, Record

    from tap_clevertap.api.endpoints import Endpoint
    from tap_clevertap.extraction.run import Run
    from tap_clevertap.output.rows import EventDay, Row
    from tap_clevertap.records.masking import Masker


UNHANDLED = "An unhandled error occurred"


class ClevertapStream(RowStream):
    """A stream of the tap, with privacy rules applied to its records."""

    jsonschema: ClassVar[dict[str, Any]]
    endpoints: ClassVar[tuple[Endpoint, ...]] = ()
    """What the stream reads from: the tap may send requests to these alone."""
    is_full_snapshot: ClassVar[bool] = False
    """Whether a full-table run returns all records, so that a target may delete the others."""
    has_personal_data: ClassVar[bool] = False
    """Whether records contain personal data (PII), so that `privacy` applies to them."""

    needs_setting: ClassVar[str | None] = None
    """The setting without which the tap does not have the stream."""
    needs_api: ClassVar[bool] = True
    """Whether records come from the API, so that nothing is read where that is out of reach."""

    def __init__(
        self,
        tap: Tap,
        run: Callable[[], Run],
        *,
        name: str | None = None,
        schema: dict[str, Any] | None = None,
    ) -> None:
        """Create the stream; `run` is called on first use, so discovery needs no connection.

        `name` and `schema` are for classes with several streams, such as typed events.
        """
        schema = schema or self.jsonschema
        self._masker: Masker | None = None
        if self.has_personal_data:
            privacy = PrivacyRules.from_config(tap.config.get("privacy") or {})
            own = self.jsonschema["properties"]  # typed columns are built after masking
            self._masker = masker(privacy, own)
            schema = privacy.schema(schema, own, {*self.primary_keys, str(self.replication_key)})
        super().__init__(tap, schema, name)
        self.is_prepared = False
        self._run = run

    @property
    def run(self) -> Run:
        """The client, the settings and the shared results of the run."""
        return self._run()

    def prepare(self) -> None:
        """Determine what to read, before anything is written; by default nothing.

        Raises:
            SettingError: A setting is wrong, which ends the run.
        """

    def prefetch(self) -> None:
        """Begin to read before the stream is synced; by default nothing can be.

        Raises:
            SettingError: A bookmark in the state is not valid.
        """

    def cancel(self) -> None:
        """Stop prefetching: the run ended before the stream was synced."""

    def prepare_once(self) -> None:
        """Call `prepare` unless it was called before.

        Raises:
            SettingError: A setting is wrong, which ends the run.
        """
        if not self.is_prepared:
            self.prepare()
            self.is_prepared = True

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Log, but hide the SDK's "unhandled error": every error has a line of its own."""
        level = logging.DEBUG if message.startswith(UNHANDLED) else level
        super().log(message, *args, level=level, **kwargs)

    @override
    def _write_schema_message(self) -> None:
        self.prepare_once()
        super()._write_schema_message()

    @property
    @override
    def transforms(self) -> bool:
        return self._masker is not None

    @override
    def transform(self, rows: Sequence[Row]) -> Sequence[Row]:
        return rows if self._masker is None else self._masker([as_json(row) for row in rows])

    @override
    def note_written(self, name: str, rows: Counter[EventDay]) -> None:
        self.run.written_rows.add(name, rows)

    @property
    def emit_activate_version_messages(self) -> bool:
        """Whether the catalog sets a stream to full table that is incremental by default."""
        return self.is_full_snapshot and self.forced_replication_method == "FULL_TABLE"

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Do nothing: the SDK writes it before the records, also for a run that then fails."""

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        with self._isolate_failure():
            yield from super()._sync_records(context, write_messages=write_messages)

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        with self._isolate_failure():
            super()._sync_batches(batch_config, context)

    @contextmanager
    def _isolate_failure(self) -> Iterator[None]:
        """With `skip_failed_streams`, let a failure end this stream only.

        Raises:
            ClevertapError: The failure ends the run.
        """
        try:
            yield
        except (errors.SettingError, errors.OutputClosed):
            raise
        except errors.ClevertapError as error:
            if not self.run.settings.skip_failed_streams:
                raise
            what = "%s: stream failed, continuing with the remaining streams: %s"
            logger.warning(what, self.name, error)
            self.run.failed.append(self.name)
            return
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)
