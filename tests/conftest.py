"""Before TensorFlow is imported anywhere: the tests compute as the processes that train do."""

from hypothesis import settings

from suite.running.workers import settle

settle()
# How long an example takes says nothing on a shared machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
