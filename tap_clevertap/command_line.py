"""The tap on the command line: its environment, files and options, and the signals that end it."""

from __future__ import annotations

import io
import json
import signal
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import Tap
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.helpers._classproperty import classproperty
from typing_extensions import override

from tap_clevertap.config.input_files import lock, read_file, read_path
from tap_clevertap.config.validation import from_environment
from tap_clevertap.output.writer import AtomicLineWriter

if TYPE_CHECKING:
    from types import FrameType

    from singer_sdk.plugin_base import _ConfigInput


class CommandLineTap(Tap):
    """A tap whose bad input is one line, whose lines are whole, and which has `--plan`."""

    message_writer_class = AtomicLineWriter
    message_writer: AtomicLineWriter
    is_plan: ClassVar[bool] = False

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
        """Read the config files; without this check, anything but a JSON object is a traceback."""
        for path in value:
            if path != "ENV":
                read_path("--config", path)
        return super().cb_config(ctx, param, value)

    @classmethod
    @override
    def invoke(
        cls,
        *,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        plan: bool = False,
        **others: Any,
    ) -> None:
        """Run with the files of --state and --catalog, which are UTF-8 whatever the locale."""
        if state is not None:
            lock("--state", state)
        files = {"state": state, "catalog": catalog}
        checked: dict[str, Any] = {
            name: io.StringIO(json.dumps(read_file(f"--{name}", file)))
            for name, file in files.items()
            if file is not None
        }
        cls.is_plan = plan
        try:
            super().invoke(**checked, **others)
        finally:
            cls.is_plan = False

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        text = "Print what a run would read, by CleverTap's counts, and read nothing."
        command.params.append(click.Option(["--plan"], is_flag=True, help=text))
        return command

    @override
    def _setup_signal_handlers(self) -> None:
        """Handle SIGHUP like the others, but not where it is ignored, as under nohup."""
        super()._setup_signal_handlers()
        with suppress(ValueError):  # in a thread, where the SDK handles none either
            if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
                signal.signal(signal.SIGHUP, self._handle_termination)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Exit with 128 + signum: the SDK would exit with 0, which Meltano counts as complete."""
        self.message_writer.interrupt(signum)
