"""Bracket: the paused trainings that compete under successive halving."""

from collections.abc import Sequence, Set

from suite.training.gradient_steps import State
from suite.training.halving import PAUSED_BYTES, Halving
from suite.training.lane import Lane


class Bracket:
    """Holds the trainings that wait at a rung until all have come as far.

    Args:
        halving: decides; None: nothing ever pauses.
        lanes: the trainings. Where they compete, results alone decide on their places too.
        each: bytes of the state of one.
        places: of the program.

    Attributes:
        paused: trainings with their states.
    """

    def __init__(self, halving: Halving | None, lanes: Sequence[Lane], each: int, places: int):
        self._halving, self._lanes, self._places = halving, lanes, places
        self.paused: list[tuple[Lane, State]] = []
        fits = halving is not None and each * halving.size <= PAUSED_BYTES
        self._rungs = halving.rungs(lanes[0].evaluations) if halving and fits else {}
        if halving and fits:
            self._place(lanes, {*halving.numbers, *halving.finished})

    def pauses(self, lane: Lane) -> bool:
        """Tells whether a training is at a rung that was not decided."""
        return len(lane.steps) in self._rungs

    def pause(self, lane: Lane, state: State) -> None:
        """Takes in a training at a rung, with its state."""
        self.paused.append((lane, state))

    def decide(self) -> tuple[list[tuple[Lane, State]], list[Lane]]:
        """Gives the trainings that go on from the lowest rung at which some wait, and those that end there.

        All must have come as far. Some may be farther, where they were decided on before an interruption.
        """
        if self._halving is None:
            return [], []
        numbers = self._halving.numbers
        now = {
            numbers[lane.index]: (lane.status if not lane.running else "", lane.monitored)
            for lane in self._lanes
        }
        rung = min(len(lane.steps) for lane, _ in self.paused)
        best = self._halving.best(rung, self._rungs.pop(rung), {**self._halving.finished, **now})
        here = [each for each in self.paused if len(each[0].steps) == rung]
        self.paused = [each for each in self.paused if len(each[0].steps) > rung]
        ended = [lane for lane, _ in here if numbers[lane.index] not in best]
        for lane in ended:
            lane.status, lane.running = "pruned", False
        going_on = [(lane, state) for lane, state in here if lane.running]
        self._place([lane for lane, _ in going_on], best)
        return going_on, ended

    def _place(self, lanes: Sequence[Lane], among: Set[int]) -> None:
        """Deals the places out in the order of the trials' numbers."""
        assert self._halving is not None
        ranks = {number: rank for rank, number in enumerate(sorted(among))}
        for lane in lanes:
            lane.place = ranks[self._halving.numbers[lane.index]] % self._places
