// Hold still: from one picture to the next, most of it has moved.

const MOVED = 18; // of 255, in the mean: a hand's tremor stays far below, panning is above

/** Mean difference of two grey pictures of the same size, 0..255. */
export function difference(before, now) {
  let sum = 0;
  for (let i = 0; i < now.length; i += 1) sum += Math.abs(now[i] - before[i]);
  return now.length ? sum / now.length : 0;
}

/** differences: of the last pictures, four a second; one jerk is none. */
export const holdStill = (differences) =>
  differences.length >= 3 && differences.slice(-3).every((d) => d > MOVED);

/** Grey pictures too dark to see anything in; as the service has it. */
export const tooDark = (grey) => grey.length > 0 && grey.reduce((a, b) => a + b, 0) / grey.length < 32;
