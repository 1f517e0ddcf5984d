"""Streams of an account's metadata: schema, content blocks, subscription categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.api.endpoints import CATEGORY_GROUPS, CONTENT_BLOCKS, SCHEMA
from tap_clevertap.streams.base.columns import EXTRA, instant, integer, jsons, schema, text, texts
from tap_clevertap.streams.base.listed import ListStream, PaginatedListStream

if TYPE_CHECKING:
    from tap_clevertap.output.rows import Row
    from tap_clevertap.records.field_reader import FieldReader


class EventSchemaStream(ListStream):
    """Event types of the account, including discarded ones."""

    name = "event_schema"
    endpoints = (SCHEMA,)
    query = "type=events"
    list_key = "events"
    primary_keys = ("name",)
    jsonschema: ClassVar = schema(
        text("name", "Name of the event, as in the CleverTap dashboard.", required=True),
        text("type", "System or custom, where CleverTap returns it."),
        text("status", "Whether the event is discarded, where CleverTap returns it."),
        integer("event_count", "CleverTap's count of the event; not reliable."),
        jsons("properties", "Properties of the event."),
        EXTRA,
    )

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
    """Profile properties of the account."""

    name = "user_properties"
    endpoints = (SCHEMA,)
    query = "type=userProperties"
    list_key = "userProperties"
    primary_keys = ("name",)
    jsonschema: ClassVar = schema(
        text("name", "Name of the property, as in the CleverTap dashboard.", required=True),
        text("type", "Type of the property's values, where CleverTap returns it."),
        EXTRA,
    )

    @override
    def record(self, fields: FieldReader) -> Row:
        name, kind = fields.key_text("name"), fields.text("type")
        return {"name": name, "type": kind, "extra": fields.rest}


class CategoryGroupsStream(ListStream):
    """Subscription category groups."""

    name = "category_groups"
    endpoints = (CATEGORY_GROUPS,)
    list_key = "list"
    primary_keys = ("key",)
    jsonschema: ClassVar = schema(
        integer("key", "CleverTap's id of the group.", required=True),
        text("name", "Name of the group, as in the CleverTap dashboard."),
        text("description", "Description entered in the dashboard."),
        texts("channels", "Channels of the group: Email, WhatsApp, …"),
        instant("created_on", "Time of creation, in UTC."),
        instant("updated_on", "Time of the last change, in UTC."),
        EXTRA,
    )

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
    """Content blocks: reusable parts of messages, for accounts that have the feature."""

    name = "content_blocks"
    endpoints = (CONTENT_BLOCKS,)
    list_key = "contentBlocks"
    since_key = "updatedFrom"
    primary_keys = ("id",)
    replication_key = "updated_at"
    jsonschema: ClassVar = schema(
        integer("id", "CleverTap's id of the content block.", required=True),
        text("name", "Name of the content block, as in the CleverTap dashboard."),
        text("type", "Type of the content: html, …"),
        text("content", "The content itself."),
        instant("created_at", "Time of creation, in UTC."),
        text("created_by", "User who created the block."),
        instant("updated_at", "Time of the last change, in UTC."),
        text("updated_by", "User who made the last change."),
        EXTRA,
    )

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
