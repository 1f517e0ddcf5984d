"""The profiles of CleverTap's own exports."""

from __future__ import annotations

from typing import ClassVar

from tap_clevertap.streams.base.columns import schema
from tap_clevertap.streams.base.exported import FILE_COLUMNS, ExportStream
from tap_clevertap.streams.profiles import ProfilesStream


class ExportedProfilesStream(ExportStream):
    """Export files: profiles, also of users without activity, with the columns of `profiles`.

    Files are read one after the other, so that the last row of a user is the newest.
    """

    name = "exported_profiles"
    kind = "profiles"
    primary_keys = ("profile_id",)
    jsonschema: ClassVar = {
        **ProfilesStream.jsonschema,
        "properties": {
            **ProfilesStream.jsonschema["properties"],
            **schema(*FILE_COLUMNS)["properties"],
        },
    }
