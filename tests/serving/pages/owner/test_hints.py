"""Each hint of the coach, on sounds and pictures that are generated in the browser."""

from typing import Any

import pytest

from tests.serving.pages.conftest import Visit, Visiting

pytestmark = pytest.mark.slow

SIGNALS = """
const RATE = 48000, N = 1920;  // 25 frames a second
let seed = 1;
const noise = () => (seed = (seed * 16807) % 2147483647) / 1073741823.5 - 1;
/** Frames of f(t, noise) over seconds. */
const frames = (seconds, f) => Array.from({length: Math.round(seconds * 25)}, (_, i) =>
  Float32Array.from({length: N}, (_, k) => f((i * N + k) / RATE)));
/** Power of a frame in the bands of voices and above, by a plain discrete Fourier sum. */
const spectrum = (frame) => { const out = new Float32Array(256);
  for (let b = 1; b < 256; b++) { let re = 0, im = 0; const hz = b * 40;
    for (let k = 0; k < N; k += 2) { const a = 2 * Math.PI * hz * k / RATE;
      re += frame[k] * Math.cos(a); im -= frame[k] * Math.sin(a); }
    out[b] = 10 * Math.log10((re * re + im * im) / (N * N / 16) + 1e-12); }
  return out; };
const speech = (t) => { const syllable = Math.max(0, Math.sin(2 * Math.PI * 4 * t)) ** 0.7;
  let s = 0; for (let h = 1; h < 26; h++) s += Math.sin(2 * Math.PI * 120 * h * t) / h;
  return 0.12 * syllable * s + 0.001 * noise(); };
const engine = (t) => { let s = 0; for (let h = 1; h < 20; h++)
    s += Math.sin(2 * Math.PI * 26.7 * h * t + h) / h; return 0.08 * s + 0.03 * noise(); };
const knock = (t) => engine(t) * 0.4 + 0.5 * noise() * Math.exp(-((t % 0.09) / 0.008));
"""


@pytest.fixture
def opened(visit: Visiting) -> Visit:
    found: Visit = visit(None, "/login")
    return found


def run(opened: Visit, script: str) -> Any:
    """The value of a script that has the signals and can import the page's modules."""
    return opened.page.evaluate(
        "async () => {" + SIGNALS + "const from = (name) => import(`/static/x/owner/${name}.js`);"
        "const {levelsOf, meanDbfs, meterPosition, dbfs} = await from('levels');" + script + "}"
    )


def test_hints_on_the_level_follow_the_service(opened: Visit) -> None:
    found = run(
        opened,
        """const [{tooLoud}, {tooQuiet}, {comeCloser}] =
             await Promise.all(['hints/loud', 'hints/quiet', 'hints/closer'].map(from));
           const judged = (gain) => { const l = frames(2, (t) =>
               Math.max(-1, Math.min(1, gain * engine(t)))).map(levelsOf);
             return [tooLoud(l), tooQuiet(l), comeCloser(l)]; };
           return [judged(40), judged(1), judged(0.06), judged(0.003),
                   [tooLoud([]), tooQuiet([]), comeCloser([])]];""",
    )
    loud, fine, far, quiet, nothing = found
    assert loud == [True, False, False]
    assert fine == [False, False, False]
    assert far == [False, False, True]
    assert quiet == [False, True, False]
    assert nothing == [False, False, False]


def test_speech_is_told_from_engines_knocks_and_silence(opened: Visit) -> None:
    found = run(
        opened,
        """const {somebodySpeaks, syllableShare} = await from('hints/speech');
           const {bands} = await from('listening');
           const judged = (f) => { const b = frames(2, f).map((x) => bands(spectrum(x), 40));
             return somebodySpeaks(b.map((x) => x.voice), b.map((x) => x.rest)); };
           const wave = (hz) => Array.from({length: 50}, (_, i) => Math.sin(2*Math.PI*hz*i/25));
           return {speech: judged(speech), overEngine: judged((t) => speech(t) + 0.15 * engine(t)),
             engine: judged(engine), knock: judged(knock), silence: judged(() => 1e-4 * noise()),
             cranking: judged((t) => engine(t) * (0.5 + 0.5 * Math.sin(2 * Math.PI * 4 * t))),
             short: somebodySpeaks([-20, -40], [-60, -60]),
             four: syllableShare(wave(4)), ten: syllableShare(wave(10)),
             none: syllableShare([1, 1])};
        """,
    )
    assert found["speech"]
    assert found["overEngine"]
    assert not any(found[name] for name in ("engine", "knock", "silence", "cranking", "short"))
    assert found["four"] > 0.9
    assert found["ten"] < 0.1
    assert found["none"] == 0


def test_a_picture_that_moves_and_one_that_is_dark(opened: Visit) -> None:
    found = run(
        opened,
        """const {difference, holdStill, tooDark} = await from('hints/still');
           const {greyOf} = await from('watching');
           const picture = (shift) => { const rgba = new Uint8ClampedArray(64 * 36 * 4);
             for (let y = 0; y < 36; y++) for (let x = 0; x < 64; x++)
               rgba.fill(128 + 100 * Math.sin((x + shift) / 4) * Math.cos(y / 5),
                         4 * (64 * y + x), 4 * (64 * y + x) + 3);
             return greyOf(rgba); };
           const moved = (step) => [1, 2, 3, 4].map((i) =>
             difference(picture((i - 1) * step), picture(i * step)));
           return [holdStill(moved(6)), holdStill(moved(0.3)), holdStill([90, 0, 0]),
                   holdStill([90]), tooDark(picture(0)), tooDark(new Float32Array(9).fill(5)),
                   tooDark([])];""",
    )
    assert found == [True, False, False, False, False, True, False]


def test_what_to_do_with_the_vehicle_is_said_for_every_circumstance(opened: Visit) -> None:
    found = run(
        opened,
        """const {CIRCUMSTANCES, answerOf} = await from('circumstances');
           const {engineStep} = await from('hints/engine');
           const answers = CIRCUMSTANCES.flatMap((c) => c.answers);
           return {count: answers.length, steps: answers.map((a) =>
               [0, a.seconds - 0.1].map((s) => engineStep(a.guide, s))),
             when: [...new Set(answers.flatMap((a) => a.when))],
             cold: [0, 4.9, 5, 60].map((s) => engineStep('cold_start', s)),
             again: [answerOf(['turning_right', 'turning_left']).answer.id, answerOf(['x'])]};""",
    )
    assert found["count"] > 15
    assert all(first and last for first, last in found["steps"])
    assert found["cold"] == ["start_now", "start_now", "let_idle", "let_idle"]
    assert found["again"] == ["both", None]
    from typing import get_args

    from tingzhen.diagnosis.circumstances import When

    assert set(found["when"]) <= set(get_args(When))


def test_one_hint_at_a_time_the_gravest_and_long_enough_to_read(opened: Visit) -> None:
    found = run(
        opened,
        """const {hints, Held} = await from('coach');
           const clipped = frames(2, (t) => Math.sign(engine(t))).map(levelsOf);
           const heard = {levels: clipped, voice_db: [], rest_db: []};
           const seen = {differences: [50, 50, 50], grey: new Float32Array(4).fill(9)};
           const held = new Held();
           return {all: hints({heard, seen, elapsed_s: 5}),
             looking: hints({heard, seen, looking: true, elapsed_s: 5}),
             early: hints({heard, seen, elapsed_s: 1}),
             held: [held.next(['a'], 0), held.next(['b'], 1), held.next([], 1.9),
                    held.next(['b'], 2.1), held.next([], 4.2)]};""",
    )
    assert found["all"] == ["too_loud", "hold_still"]
    assert found["looking"] == ["too_dark", "hold_still"]
    assert found["early"] == []
    assert found["held"] == ["a", "a", "a", "b", None]


def test_words_and_figures_never_claim_certainty(opened: Visit) -> None:
    opened.go("/login")
    found = run(
        opened,
        """document.getElementById('texts').textContent = JSON.stringify(Object.fromEntries(
             ['sure', 'sure.almost_certain', 'sure.likely', 'sure.quite_possible', 'sure.possible',
              'sure.less_likely'].map((k) => ['owner.' + k, k === 'sure' ? '{words} {p}' : k])));
           const {sureness} = await import('/static/y/owner/plainly.js');
           return [1, 0.995, 0.75, 0.5, 0.2, 0.001].map(sureness);""",
    )
    assert found[0].startswith("sure.almost_certain")
    assert [words.split(" ")[1] for words in found[1:]] == ["99", "75", "50", "20", "1"]
    assert [words.split(" ")[0] for words in found[2:]] == [
        "sure.likely", "sure.quite_possible", "sure.possible", "sure.less_likely",
    ]  # fmt: skip
