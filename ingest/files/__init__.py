"""Bytes of files into lines, elements, objects and stamps: no meaning yet."""
