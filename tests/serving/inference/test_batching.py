"""Many threads at one session: the same scores, joined runs, nobody waits in vain."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from tingzhen.audio import NoiseRecogniser
from tingzhen.bundle import MODELS_DIR, Bundle, open_bundle
from tingzhen.serving.inference import BatchedSession, BatchRule
from tingzhen.vision import DamageRecogniser

OUTPUTS = ["scores", "map", "distance"]


@pytest.fixture(scope="module")
def damage() -> Bundle:
    return open_bundle(MODELS_DIR / "damage", "damage", providers=["CPUExecutionProvider"])


def pictures(rows: int, seed: int) -> dict[str, np.ndarray]:
    shape = (rows, 3, 384, 384)
    return {"pictures": np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)}


class Slow:
    """The real session behind a gate: runs wait until it is opened, so that requests pile up."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.entered = threading.Event()
        self.gate = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, names: Any, feeds: Any) -> Any:
        self.entered.set()
        assert self.gate.wait(30)
        return self._session.run(names, feeds)


def piled_up(
    session: Any, rule: BatchRule, requests: list[dict[str, np.ndarray]]
) -> tuple[list[Any], list[tuple[int, int]]]:
    """Answers (or errors) to requests that all came while the first one ran; the runs made."""
    slow, runs = Slow(session), []
    batched = BatchedSession(slow, rule, lambda n, rows: runs.append((n, rows)))

    def ask(feeds: dict[str, np.ndarray]) -> Any:
        try:
            return batched.run(OUTPUTS, feeds)
        except Exception as error:  # noqa: BLE001 - the answer under test
            return error

    with ThreadPoolExecutor(len(requests)) as pool:
        first = pool.submit(ask, requests[0])
        assert slow.entered.wait(30)
        others = []
        for number, feeds in enumerate(requests[1:], start=1):
            others.append(pool.submit(ask, feeds))
            while len(batched._waiting) < number:
                pass
        slow.gate.set()
        return [first.result(), *(other.result() for other in others)], runs


def test_joined_requests_get_their_own_rows_to_the_last_bit(damage: Bundle) -> None:
    asked = [pictures(rows, seed) for seed, rows in enumerate([1, 2, 1, 3, 1])]
    answers, runs = piled_up(damage.session, BatchRule(max_rows=4), asked)
    for feeds, answer in zip(asked, answers, strict=True):
        for got, alone in zip(answer, damage.session.run(OUTPUTS, feeds), strict=True):
            np.testing.assert_array_equal(got, alone)
    # 2 + 1 + 1 fill a batch of 4 over the 3, which does not fit beside them and runs next.
    assert runs == [(1, 1), (3, 4), (1, 3)]


def test_a_request_that_the_network_refuses_fails_alone(damage: Bundle) -> None:
    wrong = {"pictures": np.zeros((1, 3, 384, 384), np.float32)}
    good, small = pictures(1, 0), {"pictures": np.zeros((1, 3, 8, 8), np.uint8)}
    answers, _ = piled_up(damage.session, BatchRule(), [good, wrong, good, small, good])
    assert [isinstance(answer, Exception) for answer in answers] == [
        False, True, False, True, False,
    ]  # fmt: skip


@pytest.mark.slow
def test_when_a_joined_run_fails_each_request_runs_alone(damage: Bundle) -> None:
    class OneRow:
        """A device without room for more than a row, as a full GPU is."""

        def __getattr__(self, name: str) -> Any:
            return getattr(damage.session, name)

        def run(self, names: Any, feeds: Any) -> Any:
            if len(feeds["pictures"]) > 1:
                raise MemoryError
            return damage.session.run(names, feeds)

    asked = [pictures(1, seed) for seed in range(3)] + [pictures(2, 3)]
    answers, _ = piled_up(OneRow(), BatchRule(), asked)
    assert isinstance(answers[3], MemoryError)
    for feeds, answer in zip(asked[:3], answers, strict=False):
        np.testing.assert_array_equal(answer[0], damage.session.run(OUTPUTS, feeds)[0])


def test_a_run_that_follows_another_waits_to_be_filled_and_one_alone_does_not(
    damage: Bundle,
) -> None:
    runs: list[tuple[int, int]] = []
    batched = BatchedSession(
        damage.session, BatchRule(max_rows=2, max_wait_s=3600), lambda *run: runs.append(run)
    )
    batched.run(OUTPUTS, pictures(1, 0))  # with an hour's wait the test would time out
    batched.run(OUTPUTS, pictures(3, 0))
    assert runs == [(1, 1), (1, 3)]
    answers, joined = piled_up(
        damage.session, BatchRule(max_rows=2, max_wait_s=3600), [pictures(1, s) for s in range(3)]
    )
    assert joined == [(1, 1), (2, 2)]
    assert len(answers) == 3


@pytest.mark.slow
def test_many_threads_and_runs_side_by_side(damage: Bundle) -> None:
    sums = {seed: damage.session.run(OUTPUTS, pictures(1, seed))[0] for seed in range(3)}
    batched = BatchedSession(damage.session, BatchRule(max_rows=3, max_wait_s=0.001, parallel=2))

    def ask(number: int) -> bool:
        seed = number % 3
        return bool((batched.run(OUTPUTS, pictures(1, seed))[0] == sums[seed]).all())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(12)))
    assert batched._running == 0
    assert batched._waiting == []


def test_a_thread_told_to_stop_holds_nobody_up(damage: Bundle) -> None:
    class Stopping:
        """Ends the thread that runs the first batch of several, as an exit does."""

        stopped = False

        def __getattr__(self, name: str) -> Any:
            return getattr(damage.session, name)

        def run(self, names: Any, feeds: Any) -> Any:
            if len(feeds["pictures"]) > 1 and not self.stopped:
                self.stopped = True
                raise SystemExit
            return damage.session.run(names, feeds)

    answers: list[Any] = []
    slow = Slow(Stopping())
    batched = BatchedSession(slow)

    def ask(seed: int) -> None:
        with contextlib.suppress(SystemExit):
            answers.append(batched.run(OUTPUTS, pictures(1, seed)))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for number, thread in enumerate(threads):
        thread.start()
        while not slow.entered.is_set() or len(batched._waiting) < number:
            pass
    slow.gate.set()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 3  # of four, one thread was told to stop
    assert batched._running == 0


@pytest.mark.slow
def test_recognisers_find_the_same_through_a_batched_session(damage: Bundle) -> None:
    rng = np.random.default_rng(3)
    shots = [rng.integers(0, 256, (120, 160, 3), dtype=np.uint8) for _ in range(2)]
    batched = Bundle(damage.info, BatchedSession(damage.session), damage.metadata)
    plain, other = DamageRecogniser(damage), DamageRecogniser(batched)
    for one, two in (
        (plain.score(shots), other.score(shots)),
        (plain.score_photo(shots[0]), other.score_photo(shots[0])),
    ):
        np.testing.assert_array_equal(one[0].probabilities, two[0].probabilities)
        np.testing.assert_array_equal(one[0].places, two[0].places)
    noise = open_bundle(MODELS_DIR / "noise", "noise", providers=["CPUExecutionProvider"])
    session = BatchedSession(noise.session)
    assert not session.joins  # the shipped graph takes one window at a time
    sound = rng.normal(0, 0.1, 32000).astype(np.float32)
    heard = NoiseRecogniser(Bundle(noise.info, session, noise.metadata)).hear(sound)
    np.testing.assert_array_equal(heard.types, NoiseRecogniser(noise).hear(sound).types)


def test_scores_are_settled_by_the_input_and_the_number_of_threads() -> None:
    feeds = {"waveform": np.random.default_rng(1).normal(0, 0.1, (1, 20000)).astype(np.float32)}
    one, again, other = (
        open_bundle(
            MODELS_DIR / "noise", "noise", providers=["CPUExecutionProvider"], threads=threads
        ).session.run(None, feeds)
        for threads in (2, 2, 1)
    )
    for first, second, third in zip(one, again, other, strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(first, third, atol=1e-4)


def test_the_processor_is_named(damage: Bundle) -> None:
    assert damage.provider == "CPUExecutionProvider"
    assert damage.provider in ort.get_available_providers()
