"""Read tables of points from text, spreadsheets, JSON and Parquet.

`read_table` reads the points of one file.
"""

from typing import TYPE_CHECKING

from shapeclf._imports import lazy_attributes

if TYPE_CHECKING:
    from shapeclf.datasets.tables.reading import read_table
    from shapeclf.datasets.tables.table import ReadOptions, Table

__all__ = ["ReadOptions", "Table", "read_table"]

__getattr__ = lazy_attributes(__name__, {"ReadOptions": "table", "Table": "table", "read_table": "reading"})
