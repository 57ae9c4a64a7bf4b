"""Before TensorFlow is imported anywhere: the tests compute as the processes that train do."""

from suite.running.workers import settle

settle()
