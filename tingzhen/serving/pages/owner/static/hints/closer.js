// Closer: it can be heard, but a noise so far away drowns in what the microphone itself does.

import { meanDbfs } from "../levels.js";
import { QUIET_DBFS } from "./quiet.js";

const NEAR_DBFS = -42;

/** levels: of the last two seconds or so, from levelsOf. */
export function comeCloser(levels) {
  const level = meanDbfs(levels);
  return levels.length > 0 && level >= QUIET_DBFS && level < NEAR_DBFS;
}
