"""Tables of points, in text or Parquet, read in blocks: which columns, which rows belong together, what is wrong."""
