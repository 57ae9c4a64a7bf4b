"""Keeps a study in MLflow: a parent run for the study and one child for each training.

The only package that imports mlflow, which it does late: the import takes seconds. Logging happens in one
thread beside the study, in order, with three calls a training.
"""

from suite.tracking.address import tracking_uri
from suite.tracking.pages import Pages, ui_address, ui_addresses, ui_command
from suite.tracking.store import check_store
from suite.tracking.tracked_run import TrackedRun, tracked_run
from suite.tracking.tracker import Tracker

__all__ = [
    "Pages",
    "TrackedRun",
    "Tracker",
    "check_store",
    "tracked_run",
    "tracking_uri",
    "ui_address",
    "ui_addresses",
    "ui_command",
]
