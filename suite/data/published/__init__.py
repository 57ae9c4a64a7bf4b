"""Reads published data sets from caches, TFDS or packages."""
