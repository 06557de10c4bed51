"""The nearest confirmed cases: right against brute force, and always those of the database."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks.work_orders import generated_cases
from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.cases import CaseRecord, CaseStore, open_cases
from tingzhen.diagnosis.cases.similar import SimilarCases
from tingzhen.diagnosis.cases.similar.index_files import read_manifest
from tingzhen.diagnosis.cases.similar.vectors import vectors_of

COLD = CaseRecord(
    id="cold", opened_on=date(2025, 1, 5), source="work_order", model="M1", mileage_km=48_000,
    ambient_c=-4, when=("cold_start",), complaint="早上冷车启动皮带吱吱响",
    noises={"squeal": 0.83, "knock": 0.02}, fault="accessory_belt_worn", number="N1",
)  # fmt: skip
BRAKE = CaseRecord(
    id="brake", opened_on=date(2025, 6, 5), source="work_order", model="M2", mileage_km=90_000,
    ambient_c=31, when=("braking",), complaint="刹车时前轮有磨铁声",
    noises={"grind": 0.9}, fault="brake_pads_worn", number="N2",
)  # fmt: skip
QUERY = CaseRecord(
    id="query", opened_on=date(2025, 2, 1), source="session", model="M1", mileage_km=52_000,
    ambient_c=-6, when=("cold_start",), complaint="冷车启动时吱吱响，热了就好",
    noises={"squeal": 0.79},
)  # fmt: skip


def found(index: SimilarCases, query: CaseRecord, count: int = 10) -> list[str]:
    return [similar.case.id for similar in index.find(query, count)]


@pytest.fixture
def index(store: CaseStore, tmp_path: Path) -> SimilarCases:
    return SimilarCases(store, tmp_path / "similar")


def test_the_nearest_says_why_it_is_near(store: CaseStore, index: SimilarCases) -> None:
    store.keep([BRAKE, COLD])
    nearest, other = index.find(QUERY)
    assert (nearest.case.id, other.case.id) == ("cold", "brake")
    assert nearest.likeness > 0.6 > other.likeness
    said = {reason.kind: reason.text for reason in nearest.reasons}
    assert said["noise"].en == "same noise: squeal (0.79 and 0.83)"
    assert said["noise"].zh == "同样的声音：尖叫声（0.79 与 0.83）"
    assert said["when"].en == "both at a cold start"
    assert said["mileage"].en == "both 40,000 to 60,000 km"
    assert said["temperature"].en == "similar temperature (-6 and -4 °C)"
    assert said["model"].zh == "同一车型 M1"
    assert "“冷车启动”" in said["words"].zh and "“吱吱响”" in said["words"].zh
    assert other.reasons == ()


def test_english_words_are_shared_whole(store: CaseStore, index: SimilarCases) -> None:
    store.keep([replace(COLD, complaint="Squealing belt on cold mornings")])
    (nearest,) = index.find(replace(QUERY, complaint="the belt is squealing in the morning"))
    words = next(reason.text.en for reason in nearest.reasons if reason.kind == "words")
    assert words == 'both say "squealing"'


def test_embeddings_count_where_both_have_them(store: CaseStore, index: SimilarCases) -> None:
    rng = np.random.default_rng(0)
    bare = CaseRecord(id="", opened_on=date(2025, 1, 5), source="session", fault="brake_pads_worn")
    heard = [rng.standard_normal(1024).astype(np.float32) + 1.0 for _ in range(30)]
    store.keep([replace(bare, id=f"e{i}", sound_embedding=e) for i, e in enumerate(heard)])
    query = replace(bare, id="q", fault=None, sound_embedding=heard[17] + np.float32(0.05))
    nearest = index.find(query)[0]
    assert nearest.case.id == "e17"
    assert nearest.reasons[0].kind == "sound"
    assert nearest.reasons[0].likeness > 0.95
    # An embedding of another recogniser cannot be compared.
    assert index.find(replace(query, sound_embedding=np.ones(8, dtype=np.float32))) == []


def test_only_confirmed_cases_that_count_are_found(store: CaseStore, index: SimilarCases) -> None:
    open_order = replace(COLD, id="open", number="N3", fault=None)
    older = replace(COLD, mileage_km=47_000)  # another version of N1, replaced below
    store.keep([open_order, older])
    assert found(index, QUERY) == ["cold"]
    store.keep([COLD])
    assert [case[:5] for case in found(index, QUERY)] == ["cold~"]
    assert found(index, replace(COLD, id=found(index, QUERY)[0])) == []  # not itself


def test_a_query_that_says_nothing_finds_nothing(store: CaseStore, index: SimilarCases) -> None:
    nothing = CaseRecord(id="q", opened_on=date(2025, 1, 1), source="session")
    assert found(index, nothing) == []
    store.keep([COLD])
    assert found(index, nothing) == []
    assert found(index, QUERY, count=1) == ["cold"]


def test_recall_against_brute_force(store: CaseStore, index: SimilarCases) -> None:
    """The mean share of the true ten nearest that are found, over 100 queries, is 0.95 at least."""
    cases = list(generated_cases(shipped(), 1_500, seed=11))
    store.keep(cases)
    index.update()
    scaling = index.scaling
    assert scaling is not None
    seqs = [seq for seq, _ in store.cases()]
    table = vectors_of([case for _, case in store.cases()], scaling)
    queries = vectors_of(list(generated_cases(shipped(), 100, seed=12)), scaling)
    exact = np.argsort(-(queries @ table.T), axis=1)[:, :10]
    shares = []
    for query, rows in zip(queries, exact, strict=True):
        near = {seq for seq, _ in index.nearest(query, 10)}
        shares.append(len(near & {seqs[row] for row in rows}) / 10)
    assert np.mean(shares) >= 0.95


def test_likeness_is_the_cosine(store: CaseStore, index: SimilarCases) -> None:
    store.keep([COLD, BRAKE])
    nearest = index.find(QUERY)[0]
    assert index.scaling is not None
    one, other = vectors_of([QUERY, COLD], index.scaling).astype(np.float64)
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert nearest.likeness == pytest.approx(cosine, abs=2e-3)  # float16


def test_new_cases_are_found_at_once_and_the_index_is_opened_again(
    store: CaseStore, tmp_path: Path
) -> None:
    folder = tmp_path / "similar"
    store.keep([BRAKE])
    first = SimilarCases(store, folder)
    assert found(first, QUERY) == ["brake"]
    store.keep([COLD])
    assert found(first, QUERY) == ["cold", "brake"]
    second = SimilarCases(store, folder)
    assert found(second, QUERY) == ["cold", "brake"]


def make(store: CaseStore, folder: Path) -> None:
    store.keep(tuple(generated_cases(shipped(), 40, seed=5)))
    index = SimilarCases(store, folder)
    index.update()
    index.save()


@pytest.mark.parametrize("harm", ["truncate", "garbage", "manifest", "missing", "scaling", "old"])
def test_a_harmed_index_is_made_anew(store: CaseStore, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "similar"
    make(store, folder)
    manifest = read_manifest(folder)
    assert manifest is not None
    vectors, scaling = folder / manifest.vectors, folder / manifest.scaling
    expected = found(SimilarCases(store, folder), QUERY)
    if harm == "truncate":
        vectors.write_bytes(vectors.read_bytes()[:1000])
    elif harm == "garbage":
        vectors.write_bytes(bytes(len(vectors.read_bytes())))
    elif harm == "manifest":
        (folder / "manifest.json").write_text("{", encoding="utf-8")
    elif harm == "missing":
        vectors.unlink()
    elif harm == "scaling":
        scaling.write_bytes(bytes(scaling.stat().st_size))
    else:
        text = (folder / "manifest.json").read_text(encoding="utf-8")
        (folder / "manifest.json").write_text(text.replace('"version": 1', '"version": 0'))
    assert found(SimilarCases(store, folder), QUERY) == expected
    assert len(expected) == 10


def test_an_index_of_another_database_is_made_anew(store: CaseStore, tmp_path: Path) -> None:
    folder = tmp_path / "similar"
    make(store, folder)
    other = open_cases(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    other.keep([COLD, BRAKE])
    assert found(SimilarCases(other, folder), QUERY) == ["cold", "brake"]
    other.close()


def test_a_stop_before_the_manifest_leaves_the_index_of_before(
    store: CaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "similar"
    make(store, folder)
    before = read_manifest(folder)
    store.keep([COLD])
    index = SimilarCases(store, folder)

    def stop(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr(Path, "replace", stop)
        index.update()
        index.save()
    assert read_manifest(folder) == before
    assert found(SimilarCases(store, folder), QUERY)[0] == "cold"
