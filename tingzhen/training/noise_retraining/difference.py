"""The new head: the shipped one and a difference, as small as the new clips allow.

L2-SP (Li, Grandvalet and Davoine 2018): the decay draws towards the weights that one started from,
not towards nought. Rehearsal without forgetting (Li and Hoiem 2016): on synthetic scenes the new
head is to answer what the shipped one answered, so that types that the new clips do not hold stay
where they were, and without new clips nothing moves at all.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from tingzhen.training.noise.head import LinearHead

SMOOTHING = 0.05
"""As in the shipped heads' own fit, so that new clips do not ask for more certainty than old."""
ITERATIONS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """vectors: float32 (n, features); truth: (n, 14), 1 where the type holds; weight: (n,), of sum
    1."""

    vectors: Tensor
    truth: Tensor
    weight: Tensor


def fit_difference(
    shipped: LinearHead, lesson: Lesson, rehearsal: Tensor, *, decay: float
) -> LinearHead:
    """Minimise, over a matrix M (features, 14) and a shift b (14,) in standardised features x,

        sum_i w_i H(y_i, shipped(x_i) + x_i M + b) + mean_r H(shipped(x_r), … + x_r M + b)
            + decay |M|²

    with H the cross-entropy summed over types, x_i the lesson and x_r the rehearsal, float32 (m,
    features). The problem is convex, so L-BFGS finds the same head every time.
    """
    if not len(lesson.vectors):
        return shipped
    both = torch.cat([lesson.vectors, rehearsal])
    mean, spread = both.mean(dim=0), both.std(dim=0) + 1e-2
    kinds = lesson.truth.shape[1]
    wanted = lesson.truth * (1 - SMOOTHING) + SMOOTHING / kinds
    new, old = ((part - mean) / spread for part in (lesson.vectors, rehearsal))
    new_before, old_before = shipped(lesson.vectors), shipped(rehearsal)
    answered = torch.sigmoid(old_before)
    matrix = torch.zeros(both.shape[1], kinds, requires_grad=True)
    shift = torch.zeros(kinds, requires_grad=True)
    search = torch.optim.LBFGS(
        [matrix, shift], max_iter=ITERATIONS, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        search.zero_grad()
        said = binary_cross_entropy_with_logits(
            new_before + new @ matrix + shift, wanted, reduction="none"
        )
        loss: Tensor = (said.sum(dim=1) * lesson.weight).sum() + decay * (matrix**2).sum()
        if len(old):
            loss = loss + kinds * binary_cross_entropy_with_logits(
                old_before + old @ matrix + shift, answered
            )
        loss.backward()
        return loss

    search.step(closure)
    scaled = (matrix / spread[:, None]).detach()
    return LinearHead(shipped.weight + scaled, shipped.bias + shift.detach() - mean @ scaled)
