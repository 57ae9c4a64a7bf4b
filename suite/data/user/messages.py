"""Messages of libraries, made to fit into one line of an error."""


def first_line(error: BaseException) -> str:
    """Gives the first line of an error's message, or its kind if it has none.

    Args:
        error: of a library.
    """
    return next(iter(str(error).splitlines()), "") or type(error).__name__
