"""Old CI results to CI bundles: a folder tree and what its names mean become one zip per build.

Same files, same bytes: members are sorted and dated alike, and no clock is read.
"""
