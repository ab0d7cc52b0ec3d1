"""`gapsight pack`: the reports of a CI job as one bundle, delivered to a folder or a URL.

Runs on CI machines: no workspace, no database, nothing of the pipeline's packages.
"""
