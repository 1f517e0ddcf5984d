"""The tap: settings in, streams out."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import JSONSchemaValidator
from typing_extensions import override

from tap_clevertap.client import Client
from tap_clevertap.errors import SettingError, StreamsFailed
from tap_clevertap.settings import SCHEMA, Settings
from tap_clevertap.streams import STREAMS, ClevertapStream, Source
from tap_clevertap.streams.output import WholeLineWriter
from tap_clevertap.validation import explain, from_environment

if TYPE_CHECKING:
    from types import FrameType


class TapClevertap(Tap):
    """Singer tap for CleverTap: complete, once, in the right time zone."""

    name = "tap-clevertap"
    config_jsonschema: ClassVar[dict[str, Any]] = SCHEMA
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

    message_writer_class = WholeLineWriter
    message_writer: WholeLineWriter

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - the SDK's, passed on
        """Make a tap whose last words, when a signal ends it, are its state."""
        super().__init__(**arguments)
        self.message_writer.last_words = lambda: self.state_writer.write_state(self.state)

    @cached_property
    def source(self) -> Source:
        """What the run reads from, made when the first stream asks."""
        settings = Settings.from_config(self.config)
        return Source(settings, Client(settings), datetime.now(UTC))

    @override
    def discover_streams(self) -> list[ClevertapStream]:
        return [stream(self, lambda: self.source) for stream in STREAMS]

    def sync_all(self) -> None:  # type: ignore[misc] # final, but with no hook after the last stream
        """Sync all streams.

        Raises:
            StreamsFailed: Some failed and were skipped.
        """
        super().sync_all()
        if self.source.failed:
            msg = f"skip_failed_streams: failed were {', '.join(self.source.failed)}"
            raise StreamsFailed(msg)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Fill in defaults and check, in words of our own: the SDK's would repeat a passcode.

        Raises:
            SettingError: A line for each wrong setting.
        """
        self.append_builtin_config(self.config_jsonschema)
        self._config = {name: value for name, value in self._config.items() if value is not None}
        validator = JSONSchemaValidator(self.config_jsonschema)
        lines = explain(validator.iter_errors(self._config), self.config_jsonschema)
        if raise_errors and lines:
            raise SettingError("\n".join(lines))
        if raise_errors:
            Settings.from_config(self._config)
        return lines

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """Read settings from the environment; the SDK ends in a traceback where an int is none."""
        cls.append_builtin_config(cls.config_jsonschema)
        names = cls.config_jsonschema["properties"]
        as_texts = {"properties": {name: {"type": "string"} for name in names}}
        texts = parse_environment_config(as_texts, cls._env_var_prefix)
        return from_environment(texts, cls.config_jsonschema)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End the run red: the SDK would exit 0, and Meltano would call that complete."""
        self.message_writer.interrupt(signum)
