// Levels of sound, in decibels below full scale (dBFS).

export const FLOOR_DBFS = -100;

/** Facts of one stretch of samples, -1..1: {rms_dbfs, peak, clipped}; clipped: share of samples at
 * the limit, as the service counts it (media/quality.py). */
export function levelsOf(samples) {
  let sum = 0;
  let peak = 0;
  let clipped = 0;
  for (const sample of samples) {
    const size = Math.abs(sample);
    sum += sample * sample;
    if (size > peak) peak = size;
    if (size >= 0.985) clipped += 1;
  }
  const n = Math.max(1, samples.length);
  return { rms_dbfs: dbfs(Math.sqrt(sum / n)), peak, clipped: clipped / n };
}

/** 20 log10, no less than FLOOR_DBFS. */
export const dbfs = (amplitude) => (amplitude > 0 ? Math.max(FLOOR_DBFS, 20 * Math.log10(amplitude)) : FLOOR_DBFS);

/** Where on a meter a level stands, 0..1: from -60 dBFS to 0. */
export const meterPosition = (rms_dbfs) => Math.min(1, Math.max(0, (rms_dbfs + 60) / 60));

/** Mean level of several stretches, by energy. */
export function meanDbfs(levels) {
  if (levels.length === 0) return FLOOR_DBFS;
  const power = levels.reduce((sum, level) => sum + 10 ** (level.rms_dbfs / 10), 0) / levels.length;
  return Math.max(FLOOR_DBFS, 10 * Math.log10(Math.max(power, 1e-12)));
}
