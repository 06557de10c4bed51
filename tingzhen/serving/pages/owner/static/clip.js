// One clip: on its way, done, or gone.

import { get } from "../shell/api.js";
import { h, put } from "../shell/dom.js";
import { t } from "../shell/texts.js";

/** Shows the clip with that id as far as it is. */
export async function showClip(place, clipId, back) {
  const leave = h("button", { class: "button back", type: "button", onclick: back }, t("owner.back"));
  try {
    const clip = await get(`/v1/clips/${clipId}`);
    if (clip.state === "waiting" || clip.state === "running") {
      const { showAnalysis } = await import("./progress.js");
      showAnalysis(place, clipId, back);
    } else if (clip.report === null) {
      const { showFailed } = await import("./result.js");
      showFailed(place, clip, back);
    } else {
      const { showResult } = await import("./result.js");
      showResult(place, clip, back);
    }
  } catch (problem) {
    put(place, leave, h("h1", {}, t("owner.clip.unknown")), h("p", { class: "notice warn", role: "alert" }, problem.message));
  }
}
