"""Processes of this machine that train: what they do, and what becomes of those that are lost."""
