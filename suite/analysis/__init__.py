"""Analyses what was measured: arrays in, findings out. Free of TensorFlow, MLflow and Optuna."""
