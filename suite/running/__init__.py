"""Runs a study from its declaration to its results: searches, workers, and the conductor."""
