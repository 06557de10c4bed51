// What to do with the vehicle at each moment of a recording, by the circumstance that was picked.

const STEPS = {
  cold_start: [[0, "start_now"], [5, "let_idle"]],
  start: [[0, "start_now"], [5, "let_idle"]],
  idle: [[0, "let_idle"], [9, "rev_gently"]],
  accelerate: [[0, "accelerate"], [9, "again"]],
  steady: [[0, "hold_speed"]],
  reverse: [[0, "back_slowly"], [8, "again"]],
  brake: [[0, "brake_gently"], [8, "again"]],
  turn: [[0, "turn_slowly"], [9, "again"]],
  bump: [[0, "over_bump"], [8, "again"]],
  stand: [[0, "stay_quiet"]],
  look: [[0, "show_whole"], [5, "go_close"]],
  look_tyre: [[0, "show_tread"], [6, "show_side"]],
};

/** The step that is due elapsed_s after the beginning. Throws for a guide that there is none of. */
export function engineStep(guide, elapsed_s) {
  const due = STEPS[guide].filter(([from]) => elapsed_s >= from);
  return due[due.length - 1][1];
}
