"""What the gradient check is put together from: two ways to differentiate, what is checked, and what is said
of it."""
