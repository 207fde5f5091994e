"""Tables of points, in text or Parquet, read in blocks: which columns, which rows belong together, what is wrong.

`read_table` reads the points of one file, whatever wrote it.
"""

from typing import TYPE_CHECKING

from shapeclf._imports import lazy_attributes

if TYPE_CHECKING:
    from shapeclf.datasets.tables.reading import read_table
    from shapeclf.datasets.tables.table import ReadOptions, Table

__all__ = ["ReadOptions", "Table", "read_table"]

__getattr__ = lazy_attributes(__name__, {"ReadOptions": "table", "Table": "table", "read_table": "reading"})
