"""Writes the winner as a SavedModel that takes raw inputs, checks it, and describes it on a card."""
