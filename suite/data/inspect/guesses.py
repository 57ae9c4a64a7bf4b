"""Names the methods that know nothing of the inputs."""

GUESSES = {
    "majority": "guessing: always the class frequencies of training",
    "mean": "guessing: always the mean of training",
    "label shares": "guessing: always the label frequencies of training",
    "quantiles": "guessing: always the quantiles of training",
}
"""Method -> what it does."""
