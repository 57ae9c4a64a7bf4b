"""Declares studies: configs, search spaces, optimizers, and the catalog. Importable without TensorFlow."""
