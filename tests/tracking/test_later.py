"""Work beside the study: in order, tried again, given up where it holds up the rest, never waited for
long."""

import threading
import time

import pytest

from suite.tracking import later
from suite.tracking.later import Later


class Store:
    """A store that is up or down."""

    def __init__(self, is_up=True):
        self.is_up, self.opened, self.written = is_up, 0, []

    def open(self):
        if not self.is_up:
            raise ConnectionError("down")
        self.opened += 1

    def write(self, what):
        if not self.is_up:
            raise ConnectionError("down")
        self.written.append(what)

    def refuse(self):
        raise ValueError("bad name")


def run(store, *steps) -> Later:
    """Adds work step by step; a step that is no text is called once all before it was tried."""
    work = Later(store.open)
    work.start()
    for step in steps:
        if isinstance(step, str):
            work.add(step, lambda step=step: store.refuse() if step == "bad" else store.write(step))
        else:
            tried = threading.Event()
            work.add("mark", tried.set)
            if store.is_up:
                assert tried.wait(10)
            step()
    work.finish()
    return work


def test_work_is_done_in_order():
    store = Store()
    work = run(store, *map(str, range(50)))
    assert store.written == list(map(str, range(50)))
    assert (work.done, work.kept, work.refused, work.error) == (store.written, [], [], None)
    assert store.opened == 1


def test_the_store_is_opened_though_there_is_nothing_to_do():
    store = Store()
    run(store)
    assert store.opened == 1


def test_what_is_refused_is_tried_twice_and_holds_up_nothing():
    store = Store()
    work = run(store, "a", "bad", "b", "bad", "c")
    assert store.written == ["a", "b", "c"]
    assert [(what, str(error)) for what, error in work.refused] == [("bad", "bad name")] * 2
    assert work.kept == [] and work.error is None
    assert store.opened == 3


def test_what_a_lost_store_misses_is_kept():
    store = Store()

    def goes_down():
        store.is_up = False

    work = run(store, "a", goes_down, "b", "c")
    assert store.written == ["a"]
    assert [each.what for each in work.kept] == ["b", "c"]
    assert str(work.error) == "down"


def test_a_store_that_is_back_at_the_end_gets_everything_in_order():
    store = Store(is_up=False)

    def comes_up():
        store.is_up = True

    work = run(store, "a", "b", comes_up, "c")
    assert store.written == ["a", "b", "c"]
    assert work.kept == [] and work.error is None


def test_a_store_that_is_back_while_the_study_runs_is_found(monkeypatch):
    monkeypatch.setattr(later, "RETRY", 0.0)
    store = Store(is_up=False)
    work = Later(store.open)
    work.start()
    work.add("a", lambda: store.write("a"))
    store.is_up = True
    work.add("b", lambda: store.write("b"))
    for _ in range(500):
        if store.written == ["a", "b"]:
            break
        time.sleep(0.01)
    assert store.written == ["a", "b"]
    work.finish()


def test_a_store_that_answers_with_errors_is_given_up(monkeypatch):
    monkeypatch.setattr(later, "WASTE", 0.0)
    store = Store()
    work = run(store, "a", "bad", "b")
    assert store.written == ["a"]
    assert [each.what for each in work.kept] == ["bad", "b"]
    assert str(work.error) == "bad name"


def test_a_call_that_never_ends_is_left_alone(monkeypatch):
    monkeypatch.setattr(later, "PATIENCE", 0.3)
    store, ends = Store(), threading.Event()
    work = Later(store.open)
    work.start()
    work.add("hangs", lambda: ends.wait(60))
    work.add("b", lambda: store.write("b"))
    work.finish()
    assert isinstance(work.error, TimeoutError)
    assert [each.what for each in work.kept] == ["hangs", "b"]
    ends.set()


@pytest.mark.parametrize("count", [1, 1000])
def test_adding_does_not_wait(count):
    ends = threading.Event()
    work = Later(lambda: ends.wait(60))
    work.start()
    for number in range(count):
        work.add(str(number), lambda: None)
    assert work.done == []
    ends.set()
    work.finish()
    assert work.done == [str(number) for number in range(count)]


def together(store, *things, most=100) -> Later:
    """Adds things that wait together, as the store is slow to open."""
    opens = threading.Event()
    work = Later(lambda: (opens.wait(10), store.open()), most)
    work.start()
    for thing in things:
        if thing == "mark":
            work.add("mark", lambda: store.write("mark"))
        else:
            work.add_thing("thing", store.write_all, thing)
    opens.set()
    work.finish()
    return work


class Bulk(Store):
    """A store that takes several things at once, and none of them if one is bad."""

    def write_all(self, things):
        if "bad" in things:
            raise ValueError("bad name")
        self.write(things)


def test_what_waits_of_one_kind_is_done_together_and_in_order():
    store = Bulk()
    work = together(store, "a", "b", "mark", "c", "d", "e", most=3)
    assert [write for write in store.written if write != "mark"] == [["a", "b"], ["c", "d", "e"]]
    assert store.written.index("mark") == 1
    assert work.done == ["thing", "thing", "mark", "thing", "thing", "thing"]


def test_no_more_is_done_together_than_is_allowed():
    store = Bulk()
    together(store, *"abcde", most=2)
    assert store.written == [["a", "b"], ["c", "d"], ["e"]]


def test_of_what_is_refused_together_the_rest_is_done_one_by_one():
    store = Bulk()
    work = together(store, "a", "bad", "b", "mark")
    assert store.written == [["a"], ["b"], "mark"]
    assert [(what, str(error)) for what, error in work.refused] == [("thing", "bad name")]
    assert work.kept == [] and work.error is None


def test_what_waits_to_be_done_together_is_forgotten_too():
    """An interrupted study waits for nothing but its end."""
    store, begun, goes_on = Bulk(), threading.Event(), threading.Event()
    work = Later(store.open, 100)
    work.start()
    work.add("slow", lambda: (begun.set(), goes_on.wait(10)))
    assert begun.wait(10)
    for thing in "abc":
        work.add_thing("thing", store.write_all, thing)
    work.drop()
    work.add("end", lambda: store.write("end"))
    goes_on.set()
    work.finish()
    assert store.written == ["end"] and work.done == ["slow", "end"] and work.kept == []


def test_what_was_taken_but_not_begun_is_forgotten_too(monkeypatch):
    monkeypatch.setattr(later, "SOON", 10.0)
    store = Bulk()
    work = Later(store.open, 100)
    work.start()
    work.add_thing("thing", store.write_all, "a")
    while not work._queue.empty():
        time.sleep(0.001)
    work.drop()
    work.add("end", lambda: store.write("end"))
    work.finish()
    assert store.written == ["end"]
