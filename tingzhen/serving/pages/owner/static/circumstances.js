// When it happens, in two taps: a tile, then what exactly. Each answer says what the diagnosis is
// told (`when`, as in the interface), how to record it, and for how long.

const drive = { mode: "sound", seconds: 15 };

export const CIRCUMSTANCES = [
  { id: "starting", answers: [
    { id: "cold", when: ["cold_start"], guide: "cold_start", mode: "video", seconds: 15 },
    { id: "any", when: ["switching_on"], guide: "start", mode: "video", seconds: 12 },
  ] },
  { id: "idling", answers: [
    { id: "warm", when: ["warm_idle"], guide: "idle", mode: "video", seconds: 15 },
    { id: "cold", when: ["cold_start"], guide: "idle", mode: "video", seconds: 15 },
  ] },
  { id: "driving", answers: [
    { id: "accelerating", when: ["accelerating"], guide: "accelerate", ...drive },
    { id: "steady", when: ["steady_speed"], guide: "steady", ...drive },
    { id: "reversing", when: ["reversing"], guide: "reverse", ...drive },
  ] },
  { id: "braking", answers: [
    { id: "forwards", when: ["braking"], guide: "brake", ...drive },
    { id: "backwards", when: ["braking", "reversing"], guide: "reverse", ...drive },
  ] },
  { id: "turning", answers: [
    { id: "left", when: ["turning_left"], guide: "turn", ...drive },
    { id: "right", when: ["turning_right"], guide: "turn", ...drive },
    { id: "both", when: ["turning_left", "turning_right"], guide: "turn", ...drive },
  ] },
  { id: "bumps", answers: [
    { id: "single", when: ["bumps"], guide: "bump", ...drive },
    { id: "rough", when: ["bumps", "steady_speed"], guide: "bump", ...drive },
  ] },
  { id: "parked", answers: [
    { id: "charging", when: ["charging"], guide: "stand", mode: "sound", seconds: 12 },
    { id: "off", when: ["parked"], guide: "stand", mode: "sound", seconds: 12 },
    { id: "always", when: ["always"], guide: "idle", mode: "video", seconds: 15 },
  ] },
  { id: "visible", answers: [
    { id: "body", when: [], guide: "look", mode: "video", seconds: 12 },
    { id: "tyre", when: [], guide: "look_tyre", mode: "video", seconds: 12 },
  ] },
];

/** The answer that was told with a clip, as well as its circumstances say; null where none fits. */
export function answerOf(when = []) {
  const wanted = [...when].sort().join();
  for (const circumstance of CIRCUMSTANCES) {
    for (const answer of circumstance.answers) {
      if ([...answer.when].sort().join() === wanted) return { circumstance, answer };
    }
  }
  return null;
}
