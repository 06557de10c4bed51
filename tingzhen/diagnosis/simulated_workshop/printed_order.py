"""The fixed order: a technician who follows the printed tree step by step.

He opens the tree of the symptom that the vehicle came for (always the right tree; a real workshop
errs there too), tests the causes in the printed order, and repairs at the first test that says
"bad". Is the fault still there afterwards, he goes on with the next step. When the symptom of the
tree is gone and the vehicle has another one, he opens its tree. After the last step he gives up.
What was heard and said beyond the symptom plays no part.
"""

from collections.abc import Callable, Sequence

from tingzhen.diagnosis.simulated_workshop.world import BAD
from tingzhen.diagnosis.troubleshooting import GIVE_UP, Action, Policy, Problem, State


def printed_order(steps: Callable[[], Sequence[int]], test_of: Callable[[int], int]) -> Policy:
    """A policy for one vehicle. steps: the causes (rows of the base), as printed, of the tree of
    the symptom that is there now. test_of: the test of each row."""

    def next_step(_: Problem, state: State) -> Action:
        answered = dict(state.answers)
        for row in steps():
            test = test_of(row)
            if test not in answered:
                return Action("test", test)
            if answered[test] == BAD and row not in state.failed:
                return Action("repair", row)
        return GIVE_UP

    return next_step
