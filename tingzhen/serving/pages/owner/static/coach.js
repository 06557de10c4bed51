// One hint at a time: the gravest, and long enough to be read.

import { FRAMES_PER_S, somebodySpeaks } from "./hints/speech.js";
import { comeCloser } from "./hints/closer.js";
import { tooLoud } from "./hints/loud.js";
import { tooQuiet } from "./hints/quiet.js";
import { holdStill, tooDark } from "./hints/still.js";

const HELD_S = 2;
const SETTLED_S = 1.5; // microphone and camera need a moment

/** What may be better now, gravest first. heard: {levels, voice_db, rest_db}, 25 frames a second;
 * seen: {differences, grey}, empty where there is no camera; looking: a damage is filmed, so sound
 * does not matter. */
export function hints({ heard, seen, looking = false, elapsed_s }) {
  if (elapsed_s < SETTLED_S) return [];
  const second = heard.levels.slice(-FRAMES_PER_S);
  const two = heard.levels.slice(-2 * FRAMES_PER_S);
  const sound = looking ? [] : [
    ["too_loud", () => tooLoud(second)],
    ["speech", () => somebodySpeaks(heard.voice_db, heard.rest_db)],
    ["too_quiet", () => tooQuiet(two)],
    ["closer", () => comeCloser(two)],
  ];
  const picture = [["too_dark", () => looking && tooDark(seen.grey)], ["hold_still", () => holdStill(seen.differences)]];
  return [...(looking ? picture : sound), ...(looking ? [] : picture)].filter(([, found]) => found()).map(([name]) => name);
}

/** Keeps a hint for a while: a hint that comes and goes cannot be read. */
export class Held {
  #hint = null;
  #since_s = -Infinity;

  /** The hint to show at elapsed_s, null for none. */
  next(found, elapsed_s) {
    const first = found[0] ?? null;
    if (first !== this.#hint && elapsed_s - this.#since_s >= HELD_S) {
      this.#hint = first;
      this.#since_s = elapsed_s;
    }
    return this.#hint;
  }
}
