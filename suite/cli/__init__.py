"""The `suite` command, its terminal display, and what it says of models."""
