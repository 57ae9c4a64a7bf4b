"""Runs the `suite` command as `python -m suite`."""

from suite.cli.app import main

if __name__ == "__main__":
    main()
