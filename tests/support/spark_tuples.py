"""The format of Spark with rows as tuples, to be timed beside Arrow batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_clevertap.spark import ClevertapExports, ClevertapReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql.datasource import InputPartition
    from pyspark.sql.types import StructType


class TupleExports(ClevertapExports):
    """The same rows, one by one."""

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "clevertap_tuples"

    def reader(self, schema: StructType) -> TupleReader:
        """Return what reads the files."""
        del schema
        return TupleReader(dict(self.options))


class TupleReader(ClevertapReader):
    """Yields a tuple for each row."""

    def read(self, partition: InputPartition) -> Iterator[Any]:
        """Yield the rows of a file."""
        for batch in super().read(partition):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
