"""Does work beside the study, in one thread and in order. What fails is kept and tried again. No MLflow."""

import itertools
import math
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

RETRY = 30.0
"""Seconds after a failure before the store is tried again while a study runs."""

PATIENCE = 300.0
"""Seconds that one piece of work may take once the study is over: enough to upload a model."""

SOON = 0.5
"""Seconds that work waits for more that is done together with it."""

WASTE = 60.0
"""Seconds that work which fails may take together: then a store that answers with errors is given up."""


@dataclass(frozen=True)
class Work:
    """Something to do.

    Attributes:
        what: in words, for a message.
        do: does it, and may be called again after it failed: with `things` of this and of the work behind it
            that has the same `do`.
        thing: that something is done with.
        number: of the work, from 0.
    """

    what: str
    do: Callable[[list[Any]], object]
    thing: Any
    number: int


class Later:
    """Does work in the order in which it is added, in a thread of its own.

    If work fails, `recover` is called. If that fails too, the store is out of reach: this work and all that
    follows is kept, and tried again every RETRY seconds and once at the end. Otherwise the work is tried once
    more, and given up as refused if it fails again: what the store does not take must not hold up the rest.
    Work that is done together is then tried one by one.

    Args:
        recover: makes work possible: called before the first, and after each failure.
        together: most pieces of work of one kind that are done at once, where they wait.

    Attributes:
        done: what was done, in words.
        refused: what the store would not take, and why.
        kept: what could not be tried, because the store was out of reach, for the reason `error`.
    """

    def __init__(self, recover: Callable[[], object], together: int = 1):
        self.done: list[str] = []
        self.refused: list[tuple[str, Exception]] = []
        self.kept: list[Work] = []
        self.error: Exception | None = None
        self._recover, self._together = recover, together
        self._is_up, self._again_at = False, 0.0
        self._wasted = 0.0
        self._added = self._forgotten = 0
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._sign_of_life = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="tracking", daemon=True)

    def start(self) -> None:
        """Begins, with `recover`."""
        self._thread.start()

    def add(self, what: str, do: Callable[[], object]) -> None:
        """Adds work, and returns at once."""
        self.add_thing(what, lambda things: do(), None)

    def add_thing(self, what: str, do: Callable[[list[Any]], object], thing: Any) -> None:
        """Adds work that may be done together with what is added next for the same `do`; returns at once."""
        self._queue.put(Work(what, do, thing, self._added))
        self._added += 1

    def drop(self) -> None:
        """Forgets the work that has not begun: an interrupted study does not wait for it."""
        self._forgotten = self._added

    def finish(self) -> None:
        """Waits until everything is done or given up. Nothing can be added afterwards."""
        self._queue.put(None)
        self._sign_of_life = time.monotonic()
        while self._thread.is_alive():
            self._thread.join(0.1)
            if time.monotonic() - self._sign_of_life > PATIENCE:
                self.error = TimeoutError(f"no answer for {PATIENCE:.0f} seconds")
                self._take_back()
                return

    def _take_back(self) -> None:
        """Counts what was not begun to what is kept."""
        with suppress(queue.Empty):
            while True:
                if work := self._queue.get_nowait():
                    self.kept.append(work)

    @property
    def whole(self) -> bool:
        """Whether everything that was tried so far was done."""
        return not self.refused and not self.kept

    def _run(self) -> None:
        self._revive()
        while self._take():
            if self._is_up or time.monotonic() >= self._again_at:
                self._catch_up()
        if self.kept and self._wasted < WASTE:
            self._catch_up()

    def _take(self) -> bool:
        """Waits for work, and takes what else comes soon, as far as it is done together; False at the end."""
        taken, until = [self._queue.get()], time.monotonic() + SOON
        with suppress(queue.Empty):
            while taken[-1] and len(taken) < self._together:
                taken.append(self._queue.get(timeout=max(0.0, until - time.monotonic())))
        self.kept += [work for work in taken if work]
        return taken[-1] is not None

    def _catch_up(self) -> None:
        """Does what is kept, as long as the store is in reach."""
        if not self._is_up:
            self._revive()
        while self._is_up and self._left():
            alike = itertools.takewhile(lambda work: work.do == self.kept[0].do, self.kept)
            self._do([*itertools.islice(alike, self._together)])

    def _left(self) -> bool:
        """Whether something of what is kept is to be done: what was forgotten is kept no more."""
        self.kept = [work for work in self.kept if work.number >= self._forgotten]
        return bool(self.kept)

    def _do(self, works: list[Work]) -> None:
        """Does the first that are kept: together, or one by one where that is refused."""
        started = time.monotonic()
        error = self._attempt(works)
        if error:
            self._wasted += time.monotonic() - started
            if self._wasted > WASTE:
                self._lose(error, math.inf)
        self._sign_of_life = time.monotonic()
        if error and len(works) > 1:
            for work in works:
                if self._is_up:
                    self._do([work])
        elif self._is_up:
            del self.kept[: len(works)]
            if error:
                self.refused.append((works[0].what, error))
            else:
                self.done += [work.what for work in works]

    def _attempt(self, works: list[Work]) -> Exception | None:
        """Does work, twice if need be; why it cannot be done, if so."""
        do, things = works[0].do, [work.thing for work in works]
        try:
            do(things)
        except Exception:
            self._revive()
            if self._is_up:
                try:
                    do(things)
                except Exception as error:
                    return error
            return self.error
        return None

    def _revive(self) -> None:
        try:
            self._recover()
            self._is_up, self.error = True, None
        except Exception as error:
            self._lose(error, RETRY)

    def _lose(self, error: Exception, seconds: float) -> None:
        self._is_up, self.error, self._again_at = False, error, time.monotonic() + seconds
