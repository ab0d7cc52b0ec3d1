"""The same marts from DuckDB and from Spark."""
