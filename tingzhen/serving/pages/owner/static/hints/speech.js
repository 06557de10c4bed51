// Somebody speaks: syllables come about four times a second (Houtgast and Steeneken 1985; used to
// tell speech from music by Scheirer and Slaney 1997), with gaps between them, in the band of
// voices. An engine's strokes come far faster, and its band does not fall silent.

export const FRAMES_PER_S = 25;
const WINDOW_S = 2;
const SYLLABLES_HZ = [2, 8];
const SWING = 0.45; // of the envelope's power that lies at the rate of syllables
const GAP_DB = 9; // between loud and soft frames
const OVER_FLOOR_DB = 10;

/** voice_db: level of the band 300..3400 Hz, 25 frames a second, the last two seconds at least. */
export function somebodySpeaks(voice_db, rest_db) {
  const n = FRAMES_PER_S * WINDOW_S;
  if (voice_db.length < n) return false;
  const last = voice_db.slice(-n);
  const sorted = [...last].sort((a, b) => a - b);
  const loud = sorted[Math.floor(n * 0.85)];
  const soft = sorted[Math.floor(n * 0.15)];
  if (loud < -60 || loud - soft < GAP_DB) return false;
  // What swings alike over all of the spectrum is a knock or a door, not a voice.
  const rest = rest_db.slice(-n);
  const restSorted = [...rest].sort((a, b) => a - b);
  if (loud - restSorted[Math.floor(n * 0.85)] < OVER_FLOOR_DB) return false;
  return syllableShare(last) > SWING;
}

/** Share of the power of an envelope (without its mean) between 2 and 8 Hz, by a plain Fourier sum. */
export function syllableShare(envelope) {
  const n = envelope.length;
  const mean = envelope.reduce((a, b) => a + b, 0) / n;
  let inside = 0;
  let all = 0;
  for (let k = 1; k <= n / 2; k += 1) {
    let re = 0;
    let im = 0;
    for (let i = 0; i < n; i += 1) {
      const turn = (2 * Math.PI * k * i) / n;
      re += (envelope[i] - mean) * Math.cos(turn);
      im -= (envelope[i] - mean) * Math.sin(turn);
    }
    const power = re * re + im * im;
    const hz = (k * FRAMES_PER_S) / n;
    all += power;
    if (hz >= SYLLABLES_HZ[0] && hz <= SYLLABLES_HZ[1]) inside += power;
  }
  return all > 0 ? inside / all : 0;
}
