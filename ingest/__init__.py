"""Bytes of other people's tools into typed rows: a plain library, usable without Dagster or a database."""
