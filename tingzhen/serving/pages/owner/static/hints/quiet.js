// Too quiet: nothing that could be judged arrives.

import { meanDbfs } from "../levels.js";

export const QUIET_DBFS = -55; // below it the service calls a clip "too_quiet"

/** levels: of the last two seconds or so, from levelsOf. */
export const tooQuiet = (levels) => levels.length > 0 && meanDbfs(levels) < QUIET_DBFS;
