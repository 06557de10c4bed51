"""Two thousand mutated files: each a clip or a typed error, and nothing left behind."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from benchmarks.fuzz import MAX_BYTES, MAX_WALL_S, Batch, input_bytes, run_batch, workplace
from benchmarks.fuzz_mutations import MUTATIONS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_thousand_mutated_files() -> None:
    with workplace() as (folder, seeds):
        for first in range(0, 2000, 500):
            batch = _apart(seeds, folder, first)
            assert batch.count == sum(batch.outcomes.values()) == 500
            assert batch.outcomes["report"] > 100, "the mutations leave something to decode"
            assert batch.defects == []
            assert batch.crashes == []
            assert (batch.children_left, batch.decoders_lost, batch.opened_outside) == (0, 0, 0)
            assert batch.slowest_s < MAX_WALL_S
            assert batch.largest_bytes < MAX_BYTES


@pytest.mark.slow
def test_inputs_that_once_ended_a_child() -> None:
    """Of the run of 100,000: a HEIF that is not of the size that it says, or of none, and movies
    whose demuxer wants to go to before the beginning."""
    with workplace() as (folder, seeds):
        for number in (24_788, 64_436, 29_889, 38_025, 48_743):
            batch = run_batch(seeds, folder, seed=1, first=number, count=1)
            assert (batch.crashes, batch.defects) == ([], [])


def _apart(seeds: list[bytes], folder: Path, first: int) -> Batch:
    """A batch in a process of its own: the largest child is that of all that a process had."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run_batch, seeds, folder, seed=2, first=first, count=500).result()


def test_an_input_is_fixed_by_its_number(tmp_path: Path) -> None:
    seeds = [bytes(range(256)) * 8, b"ftypmoovtrak" * 90]
    made = [input_bytes(seeds, 5, number) for number in range(200)]
    assert made == [input_bytes(seeds, 5, number) for number in range(200)]
    assert len(set(made)) > 190
    assert not set(made) & set(seeds)
    assert len(MUTATIONS) == 11
