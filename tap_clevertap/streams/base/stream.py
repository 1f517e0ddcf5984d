"""What all streams share: their source, what may be told of it, and what a failure ends."""

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
    from collections.abc import Callable, Generator, Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context, Record

    from tap_clevertap.api.endpoints import Endpoint
    from tap_clevertap.extraction.run import Run
    from tap_clevertap.output.rows import Row
    from tap_clevertap.records.masking import Masker


UNHANDLED = "An unhandled error occurred"


class ClevertapStream(RowStream):
    """A stream of what CleverTap has, told as the settings ask for."""

    jsonschema: ClassVar[dict[str, Any]]
    endpoints: ClassVar[tuple[Endpoint, ...]] = ()
    """What the stream reads from: the tap may send requests to these alone."""
    is_full_snapshot: ClassVar[bool] = False
    """Whether a full-table run has every record there is, so that a target may drop the others."""
    has_personal_data: ClassVar[bool] = False
    """Whether records are about people, so that `privacy` holds for them."""

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
        """Make the stream; `run` is called when it is first read, not to discover it.

        A stream of a kind that there are several of has a name and a schema of its own.
        """
        schema = schema or self.jsonschema
        self._masker: Masker | None = None
        if self.has_personal_data:
            privacy = PrivacyRules.from_config(tap.config.get("privacy") or {})
            own = self.jsonschema["properties"]  # a typed column is made of what may be seen
            self._masker = masker(privacy, own)
            schema = privacy.schema(schema, own, {*self.primary_keys, str(self.replication_key)})
        super().__init__(tap, schema, name)
        self.is_prepared = False
        self._run = run

    @property
    def run(self) -> Run:
        """What the run reads from."""
        return self._run()

    def prepare(self) -> None:
        """Find out what is read; by itself there is nothing to find out.

        Raises:
            SettingError: A setting is wrong, which ends the run.
        """

    def prepare_once(self) -> None:
        """Look first, unless that was done: before any stream has written anything.

        Raises:
            SettingError: A setting is wrong, which ends the run.
        """
        if not self.is_prepared:
            self.prepare()
            self.is_prepared = True

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Log, but not that an error is unhandled: the SDK says so of each, and each has a line."""
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

    @property
    def emit_activate_version_messages(self) -> bool:
        """Whether the catalog asks for a sweep of a stream that is incremental by itself."""
        return self.is_full_snapshot and self.forced_replication_method == "FULL_TABLE"

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Wait for the last record: the SDK says this first, and a failed sweep would pretend."""

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
        """Let a failure end this stream alone, where that is wished; a sweep is then not complete.

        Raises:
            ClevertapError: The run is to end with the stream.
        """
        try:
            yield
        except (errors.SettingError, errors.OutputClosed):
            raise
        except errors.ClevertapError as error:
            if not self.run.settings.skip_failed_streams:
                raise
            logger.warning("%s: failed, going on with the others: %s", self.name, error)
            self.run.failed.append(self.name)
            return
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)
