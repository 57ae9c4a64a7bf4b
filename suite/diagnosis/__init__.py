"""Diagnoses by experiments: what limits a training, what to do next, and whether that kept its promise."""
