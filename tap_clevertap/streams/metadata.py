"""What an account says of itself: its schema, its message parts, its subscription categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from singer_sdk import typing as th
from typing_extensions import override

from tap_clevertap.api.endpoints import CATEGORY_GROUPS, CONTENT_BLOCKS, SCHEMA
from tap_clevertap.records.field_reader import MAX_INT64, FieldReader
from tap_clevertap.streams.base.listed import ListStream, PaginatedListStream

if TYPE_CHECKING:
    from tap_clevertap.output.rows import Row

Number = th.IntegerType(maximum=MAX_INT64)
EXTRA = th.Property(
    "extra", th.ObjectType(), description="Parts of the answer that nobody has described yet."
)


class EventSchemaStream(ListStream):
    """Get Schema: the account's event types, discarded ones included."""

    name = "event_schema"
    path = SCHEMA
    query = "type=events"
    list_key = "events"
    primary_keys = ("name",)
    # One column, one line or two.
    # fmt: off
    jsonschema: ClassVar = th.PropertiesList(
        th.Property("name", th.StringType, required=True, description="As in the dashboard."),
        th.Property("type", th.StringType, description="System or custom, where CleverTap says."),
        th.Property("status", th.StringType, description="Whether it is discarded, likewise."),
        th.Property("event_count", Number, description="CleverTap's count; not reliable."),
        th.Property("properties", th.ArrayType(th.ObjectType()), description="The event's "
            "properties."),
        EXTRA,
    ).to_dict()
    # fmt: on

    @override
    def record(self, fields: FieldReader) -> Row:
        return {
            "name": fields.key_text("name"),
            "type": fields.text("type"),
            "status": fields.text("status"),
            "event_count": fields.integer("eventCount"),
            "properties": fields.objects("properties"),
            "extra": fields.rest,
        }


class UserPropertiesStream(ListStream):
    """Get Schema: the properties that profiles may have."""

    name = "user_properties"
    path = SCHEMA
    query = "type=userProperties"
    list_key = "userProperties"
    primary_keys = ("name",)
    jsonschema: ClassVar = th.PropertiesList(
        th.Property("name", th.StringType, required=True, description="As in the dashboard."),
        th.Property("type", th.StringType, description="Of the values, where CleverTap says."),
        EXTRA,
    ).to_dict()

    @override
    def record(self, fields: FieldReader) -> Row:
        name, kind = fields.key_text("name"), fields.text("type")
        return {"name": name, "type": kind, "extra": fields.rest}


class CategoryGroupsStream(ListStream):
    """Subscription category groups."""

    name = "category_groups"
    path = CATEGORY_GROUPS
    list_key = "list"
    primary_keys = ("key",)
    # One column, one line or two.
    # fmt: off
    jsonschema: ClassVar = th.PropertiesList(
        th.Property("key", Number, required=True, description="CleverTap's id of the group."),
        th.Property("name", th.StringType, description="As in the dashboard."),
        th.Property("description", th.StringType, description="In the words of who made it."),
        th.Property("channels", th.ArrayType(th.StringType), description="Email, WhatsApp, …"),
        th.Property("created_on", th.DateTimeType, description="When it was made, in UTC."),
        th.Property("updated_on", th.DateTimeType, description="When it last changed, in UTC."),
        EXTRA,
    ).to_dict()
    # fmt: on

    @override
    def record(self, fields: FieldReader) -> Row:
        return {
            "key": fields.key_integer("key"),
            "name": fields.text("name"),
            "description": fields.text("description"),
            "channels": fields.texts("channels"),
            "created_on": fields.instant("created_on"),
            "updated_on": fields.instant("updated_on"),
            "extra": fields.rest,
        }


class ContentBlocksStream(PaginatedListStream):
    """Content blocks: the reusable parts of messages, where the account has the feature."""

    name = "content_blocks"
    path = CONTENT_BLOCKS
    list_key = "contentBlocks"
    since_key = "updatedFrom"
    primary_keys = ("id",)
    replication_key = "updated_at"
    # One column, one line or two.
    # fmt: off
    jsonschema: ClassVar = th.PropertiesList(
        th.Property("id", Number, required=True, description="CleverTap's id of the block."),
        th.Property("name", th.StringType, description="As in the dashboard."),
        th.Property("type", th.StringType, description="html, …"),
        th.Property("content", th.StringType, description="The block itself."),
        th.Property("created_at", th.DateTimeType, description="When it was made, in UTC."),
        th.Property("created_by", th.StringType, description="Who made it."),
        th.Property("updated_at", th.DateTimeType, description="When it last changed, in UTC."),
        th.Property("updated_by", th.StringType, description="Who changed it last."),
        EXTRA,
    ).to_dict()
    # fmt: on

    @override
    def record(self, fields: FieldReader) -> Row:
        return {
            "id": fields.key_integer("id"),
            "name": fields.text("name"),
            "type": fields.text("type"),
            "content": fields.text("content"),
            "created_at": fields.instant("createdAt"),
            "created_by": fields.text("createdBy"),
            "updated_at": fields.instant("updatedAt"),
            "updated_by": fields.text("updatedBy"),
            "extra": fields.rest,
        }
