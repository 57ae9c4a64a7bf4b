"""Generates data sets, or reads those that a library carries."""
