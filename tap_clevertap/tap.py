"""The Singer tap: reads the settings, discovers the streams and syncs them."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import JSONSchemaValidator
from typing_extensions import override

from tap_clevertap import streams
from tap_clevertap.api.client import Client
from tap_clevertap.command_line import CommandLineTap
from tap_clevertap.config import state_owner
from tap_clevertap.config.catalog_file import check_catalog, check_selection
from tap_clevertap.config.privacy import PrivacyRules
from tap_clevertap.config.settings import SCHEMA, Settings
from tap_clevertap.config.state_file import bookmarks_of, unwrapped
from tap_clevertap.config.state_owner import check_owner, first_day, owner_of
from tap_clevertap.config.validation import (
    broken_texts,
    explain,
    sandbox_hint,
    without_unset,
)
from tap_clevertap.errors import ClevertapError, SettingError, StreamsFailed
from tap_clevertap.extraction.reconciliation.remembered_days import remembered_in
from tap_clevertap.extraction.run import Run, events_read_before
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.output import run_summary
from tap_clevertap.output.batch_files import check_batch_config
from tap_clevertap.output.stream_mapper import StreamMapper, check_maps
from tap_clevertap.output.writer import (
    ChangedStateWriter,
    Interrupted,
    state_line,
    written_on_failure,
)
from tap_clevertap.redaction import guard_logs
from tap_clevertap.streams import ClevertapStream
from tap_clevertap.streams.base.plan import print_plan
from tap_clevertap.streams.base.prefetch import prefetching
from tap_clevertap.streams.base.sliced import SlicedStream, read_together
from tap_clevertap.streams.exported.discovery import exported_typed_streams
from tap_clevertap.streams.exported.events import ExportedEventsStream
from tap_clevertap.streams.typed_discovery import typed_streams

if TYPE_CHECKING:
    from singer_sdk import Stream


class TapClevertap(CommandLineTap):
    """Singer tap for CleverTap."""

    name = "tap-clevertap"
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(SCHEMA)  # the SDK adds its own
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - the SDK's, passed on
        guard_logs()
        if isinstance(catalog := arguments.get("catalog"), dict):
            check_catalog(catalog)
        super().__init__(**arguments)
        self._state_writer = ChangedStateWriter(self.message_writer)

    def _write_state(self) -> None:
        """Write the state even if it is unchanged, so that it follows the last record."""
        self.message_writer.write_lines(state_line(self.state))

    @cached_property
    def run(self) -> Run:
        """What the run reads from, created on first use: `--about` needs no valid settings."""
        settings = Settings.from_config(self.config)
        client = Client(settings, streams.endpoints())
        return Run(settings, client, datetime.now(UTC), events_read_before(self.state))

    @override
    def setup_mapper(self) -> None:
        self.mapper = StreamMapper(plugin_config=dict(self.config), logger=self.logger)
        self.mapper.register_raw_streams_from_catalog(self.catalog)
        fixed = (str(stream.name) for stream in streams.STREAMS)  # type: ignore[misc] # of the class
        check_maps(self.config.get("stream_maps") or {}, {*self.catalog, *fixed})

    @override
    def discover_streams(self) -> list[ClevertapStream]:
        chosen = [one for one in streams.STREAMS if self._has_setting(one.needs_setting)]
        fixed = [stream(self, lambda: self.run) for stream in chosen]
        self._check_privacy()
        if not self.config.get("typed_events"):
            return fixed
        self._validate_config()  # --discover skips it, but typed streams are sampled from the API
        names = {stream.name for stream in fixed}
        typed = typed_streams(self, lambda: self.run, names)
        if not self._has_setting(ExportedEventsStream.needs_setting):
            return [*fixed, *typed]
        return [*fixed, *typed, *exported_typed_streams(self, lambda: self.run, typed)]

    def _has_setting(self, name: str | None) -> bool:
        """Return whether a setting has a value, where a stream needs one."""
        return name is None or bool(self.config.get(name))

    def _check_privacy(self) -> None:
        """Reject a rule for an unknown column: the value it should hide would be written."""
        personal = [stream for stream in streams.STREAMS if stream.has_personal_data]
        known = {name for stream in personal for name in stream.jsonschema["properties"]}
        columns = PrivacyRules.from_config(self.config.get("privacy") or {}).columns
        for name in sorted(columns - known):
            msg = (
                f"privacy: {name!r} is not a column of events or profiles; expected one of their "
                "columns, or for a typed column its property, such as event_props.Phone"
            )
            raise SettingError(msg)

    def sync_all(self) -> None:  # type: ignore[misc] # final, but with no hook after the last stream
        """Sync all streams, and say in a summary what has come of it.

        Raises:
            StreamsFailed: Some streams failed and were skipped.
        """
        if self.is_plan:
            print_plan(self._selected_streams())
            return
        started = datetime.now(UTC)
        try:
            self._sync_all()
        except (ClevertapError, Interrupted) as error:
            self._summarize(started, error)
            raise
        self._summarize(started, None)

    def _sync_all(self) -> None:
        self.message_writer.before_exit = self._write_state
        _ = self.run.deadline
        self._claim_state()
        chosen = self._selected_streams()
        catalog = self.input_catalog.to_dict() if self.input_catalog is not None else None
        check_selection(catalog, self.streams, chosen)
        read_together([one for one in chosen if isinstance(one, SlicedStream)])
        self._preflight(chosen)
        # While the rows of events are read and written, the other endpoints answer.
        self._streams = dict(sorted(self.streams.items(), key=lambda one: not _is_sliced(one[1])))
        # The SDK does both in sync_all, too late: prefetching depends on state and methods.
        self._reset_state_progress_markers()
        self._set_compatible_replication_methods()
        with prefetching(chosen), written_on_failure(self._state_writer, self.state):
            super().sync_all()
        self.message_writer.raise_if_interrupted()
        if self.run.failed:
            msg = f"skip_failed_streams: streams failed: {', '.join(self.run.failed)}"
            raise StreamsFailed(msg)

    def _claim_state(self) -> None:
        """Refuse the state of another account or time zone, and note whose it is from here on."""
        settings, region = self.run.settings, str(self.config["region"])
        check_owner(self.state, settings, region)
        owner = owner_of(settings, region)
        if start := first_day(self.state, settings):
            owner["start_date"] = start
        cast("dict[str, Any]", self.state)[state_owner.KEY] = owner

    def _summarize(self, started: datetime, error: BaseException | None) -> None:
        """Say what the run has come to; nothing where it has not begun."""
        if (run := self.__dict__.get("run")) is not None:
            summary = run_summary.run_summary(run, self.state, error, started, remembered_in)
            run_summary.publish(summary, run.settings.run_summary_path)

    def _selected_streams(self) -> list[ClevertapStream]:
        """Return the selected streams, in sync order."""
        streams = self.streams.values()
        return [one for one in streams if one.selected and isinstance(one, ClevertapStream)]

    def _preflight(self, chosen: list[ClevertapStream]) -> None:
        """Find wrong settings before anything is written; other failures wait for their stream."""
        check_batch_config(self.config)
        if chosen:
            run_window(self.run.settings, self.run.now)
        if any(stream.needs_api for stream in chosen):
            _ = self.run.listed_events  # the connection check: without it no stream can sync
        for stream in chosen:
            try:
                stream.prepare_once()
            except SettingError:
                raise
            except ClevertapError as error:
                self.logger.debug("%s: cannot be prepared yet (%s)", stream.name, error)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Fill in defaults and validate; the SDK's own messages would repeat a passcode.

        Raises:
            SettingError: One line for each wrong setting.
        """
        self.append_builtin_config(self.config_jsonschema)
        self._config = without_unset(self._config)
        validator = JSONSchemaValidator(self.config_jsonschema)
        lines = explain(validator.iter_errors(self._config), self.config_jsonschema)
        lines += broken_texts(self._config)
        if raise_errors and lines:
            hint = sandbox_hint(self._config.get("api_url"))
            raise SettingError("\n".join([*lines[:-1], lines[-1] + hint]))
        if raise_errors:
            Settings.from_config(self._config)
        return lines

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Load the bookmarks.

        Raises:
            SettingError: The state is not one that the tap has written.
        """
        state = unwrapped(state)
        super().load_state({"bookmarks": bookmarks_of(state)})
        if state_owner.KEY in state:
            cast("dict[str, Any]", self.state)[state_owner.KEY] = state[state_owner.KEY]


def _is_sliced(stream: Stream) -> bool:
    return isinstance(stream, SlicedStream)
