// Too loud: the microphone is at its limit, and what it cuts off cannot be got back.

const SHARE = 0.002; // of samples at the limit; the service calls such a clip "clipped"

/** levels: of the last second or so, from levelsOf. */
export function tooLoud(levels) {
  if (levels.length === 0) return false;
  return levels.reduce((sum, level) => sum + level.clipped, 0) / levels.length > SHARE;
}
