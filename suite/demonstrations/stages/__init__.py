"""What the pipeline is put together from: one gradient step in real numbers, and what is said of it."""
