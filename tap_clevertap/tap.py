"""The Singer tap: reads the settings, discovers the streams and syncs them."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import JSONSchemaValidator
from typing_extensions import override

from tap_clevertap import streams
from tap_clevertap.api.client import Client
from tap_clevertap.config.privacy import PrivacyRules
from tap_clevertap.config.settings import SCHEMA, Settings
from tap_clevertap.config.validation import explain, from_environment, sandbox_hint, without_unset
from tap_clevertap.errors import ClevertapError, SettingError, StreamsFailed
from tap_clevertap.extraction.run import Run
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.output.stream_mapper import StreamMapper
from tap_clevertap.output.writer import AtomicLineWriter, ChangedStateWriter, state_line
from tap_clevertap.streams import ClevertapStream
from tap_clevertap.streams.base.polled import RequestStream
from tap_clevertap.streams.base.sliced import SlicedStream, read_together
from tap_clevertap.streams.typed_discovery import typed_streams

if TYPE_CHECKING:
    from types import FrameType

    import click
    from singer_sdk.plugin_base import _ConfigInput


class TapClevertap(Tap):
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

    message_writer_class = AtomicLineWriter
    message_writer: AtomicLineWriter

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - the SDK's, passed on
        super().__init__(**arguments)
        self._state_writer = ChangedStateWriter(self.message_writer)

    def _write_state(self) -> None:
        """Write the state even if it is unchanged, so that it follows the last record."""
        self.message_writer.write_lines(state_line(self.state))

    @cached_property
    def run(self) -> Run:
        """What the run reads from, created on first use: `--about` needs no valid settings."""
        settings = Settings.from_config(self.config)
        return Run(settings, Client(settings, streams.endpoints()), datetime.now(UTC))

    @override
    def setup_mapper(self) -> None:
        self.mapper = StreamMapper(plugin_config=dict(self.config), logger=self.logger)
        self.mapper.register_raw_streams_from_catalog(self.catalog)

    @override
    def discover_streams(self) -> list[ClevertapStream]:
        chosen = [one for one in streams.STREAMS if self._has_setting(one.needs_setting)]
        fixed = [stream(self, lambda: self.run) for stream in chosen]
        self._check_privacy()
        if not self.config.get("typed_events"):
            return fixed
        self._validate_config()  # --discover skips it, but typed streams are sampled from the API
        names = {stream.name for stream in fixed}
        return [*fixed, *typed_streams(self, lambda: self.run, names)]

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
        """Sync all streams.

        Raises:
            StreamsFailed: Some streams failed and were skipped.
        """
        self.message_writer.before_exit = self._write_state
        chosen = self._selected_streams()
        read_together([one for one in chosen if isinstance(one, SlicedStream)])
        self._preflight(chosen)
        # The SDK does both in sync_all, too late: prefetching depends on state and methods.
        self._reset_state_progress_markers()
        self._set_compatible_replication_methods()
        asked = [one for one in chosen if isinstance(one, RequestStream)]
        try:
            for stream in asked:
                stream.prefetch()
            super().sync_all()
        finally:
            for stream in asked:
                stream.cancel()
        self.message_writer.raise_if_interrupted()
        if self.run.failed:
            msg = f"skip_failed_streams: streams failed: {', '.join(self.run.failed)}"
            raise StreamsFailed(msg)

    def _selected_streams(self) -> list[ClevertapStream]:
        """Return the selected streams, in sync order."""
        streams = self.streams.values()
        return [one for one in streams if one.selected and isinstance(one, ClevertapStream)]

    def _preflight(self, chosen: list[ClevertapStream]) -> None:
        """Find wrong settings before anything is written; other failures wait for their stream."""
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
        if raise_errors and lines:
            hint = sandbox_hint(self._config.get("api_url"))
            raise SettingError("\n".join([*lines[:-1], lines[-1] + hint]))
        if raise_errors:
            Settings.from_config(self._config)
        return lines

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """Read settings from the environment; the SDK's own way raises on a malformed integer."""
        cls.append_builtin_config(cls.config_jsonschema)
        names = cls.config_jsonschema["properties"]
        as_texts = {"properties": {name: {"type": "string"} for name in names}}
        texts = parse_environment_config(as_texts, cls._env_var_prefix)
        return from_environment(texts, cls.config_jsonschema)

    @classmethod
    @override
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read the config files; the SDK's own way raises if one is not a JSON object."""
        for path in value:
            if path != "ENV":
                _check_object("--config", path, _text(path))
        return super().cb_config(ctx, param, value)

    @classmethod
    @override
    def invoke(
        cls, *, state: IO[str] | None = None, catalog: IO[str] | None = None, **others: Any
    ) -> None:
        """Run, after checking that state and catalog are JSON objects."""
        files = {"state": state, "catalog": catalog}
        checked: dict[str, Any] = {
            name: io.StringIO(_check_object(f"--{name}", file.name, file.read()))
            for name, file in files.items()
            if file is not None
        }
        super().invoke(**checked, **others)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Load the bookmarks.

        Raises:
            SettingError: The state does not have the shape of bookmarks.
        """
        bookmarks = state.get("bookmarks", {})
        if not (
            isinstance(bookmarks, dict) and all(isinstance(b, dict) for b in bookmarks.values())
        ):
            msg = "--state: `bookmarks` is not valid; expected an object with an object per stream"
            raise SettingError(msg)
        super().load_state(state)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Exit with 128 + signum: the SDK would exit with 0, which Meltano counts as complete."""
        self.message_writer.interrupt(signum)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        msg = f"--config: {path} cannot be read ({why}); expected a JSON file, or ENV"
        raise SettingError(msg) from None


def _check_object(option: str, path: str, text: str) -> str:
    """Return the text unchanged; the error leaves out its content, which may be a passcode."""
    try:
        what = type(json.loads(text)).__name__
    except json.JSONDecodeError as error:
        msg = f"{option}: {path} is not valid JSON (line {error.lineno}: {error.msg})"
        raise SettingError(msg) from None
    if what != "dict":
        msg = f"{option}: {path} contains a JSON {what}; expected an object"
        raise SettingError(msg)
    return text
