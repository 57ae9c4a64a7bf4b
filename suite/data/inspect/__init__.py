"""Describes data sets: cards, samples and baselines."""
