// What the microphone hears, 25 frames a second: levels, and the band of voices beside the rest.

import { dbfs, levelsOf } from "./levels.js";
import { FRAMES_PER_S } from "./hints/speech.js";

const KEPT = FRAMES_PER_S * 4;
const VOICE_HZ = [300, 3400];

/** Listens until stop() is called. now(): {levels, voice_db, rest_db}, oldest first. heard(level) is
 * called for each frame. */
export function listenTo(stream, heard) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  const kept = { levels: [], voice_db: [], rest_db: [] };
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    analyser.getFloatFrequencyData(spectrum);
    const level = levelsOf(samples);
    const { voice, rest } = bands(spectrum, context.sampleRate / analyser.fftSize);
    for (const [name, value] of Object.entries({ levels: level, voice_db: voice, rest_db: rest })) {
      kept[name].push(value);
      if (kept[name].length > KEPT) kept[name].shift();
    }
    heard(level);
  }, 1000 / FRAMES_PER_S);
  return {
    now: () => kept,
    async stop() {
      clearInterval(timer);
      await context.close();
    },
  };
}

/** Levels in dB of the band of voices, and of what lies above it and below 9 kHz. */
export function bands(spectrum_db, bin_hz) {
  const sums = { voice: 0, rest: 0 };
  for (let i = 1; i < spectrum_db.length; i += 1) {
    const hz = i * bin_hz;
    const name = hz >= VOICE_HZ[0] && hz <= VOICE_HZ[1] ? "voice" : hz > VOICE_HZ[1] && hz < 9000 ? "rest" : null;
    if (name) sums[name] += 10 ** (spectrum_db[i] / 10);
  }
  return { voice: dbfs(Math.sqrt(sums.voice)), rest: dbfs(Math.sqrt(sums.rest)) };
}
