// One clip: hear and see it, say where the machine is wrong, confirm what it was.

import { get } from "../shell/api.js";
import { by, h, put } from "../shell/dom.js";
import { moment, t } from "../shell/texts.js";
import { causesOf } from "./clip/causes.js";
import { confirmation } from "./clip/confirm.js";
import { Corrections } from "./clip/corrections.js";
import { framesOf } from "./clip/frames.js";
import { similarTo } from "./clip/similar.js";
import { soundOf } from "./clip/sound.js";
import { confirmedName, driveBadge, faultNames, generatedBadge, severityBadge, vehicle } from "./words.js";

const place = by("clip");
const id = place.dataset.clip;
const WAIT = { headers: { Prefer: "wait=20" } };

let names;

async function open() {
  names = await faultNames();
  let clip = await get(`/v1/clips/${id}`);
  while (!clip.report && (clip.state === "waiting" || clip.state === "running")) {
    put(place, head(clip), h("p", { class: "notice" }, t("bay.clip.analysing"), " ",
      h("progress", { max: clip.progress.of.length, value: clip.progress.done.length, "aria-label": t("bay.clip.analysing") })));
    clip = await get(`/v1/clips/${id}`, WAIT);
  }
  if (!clip.report) {
    put(place, head(clip), h("p", { class: "notice bad" }, clip.error?.message ?? t(`bay.state.${clip.state}`)));
    return;
  }
  await show(clip);
}

async function show(clip) {
  const corrections = new Corrections(clip);
  const sections = await Promise.all([
    soundOf(clip, corrections), framesOf(clip, corrections), corrections.load(),
  ]);
  const [sound, frames] = sections;
  const causes = causesOf(clip, (from, until) => sound?.play(from, until), (second) => frames?.show(second));
  put(place, head(clip),
    actions(clip),
    h("div", { class: "bench" },
      h("div", { class: "stack" }, sound?.element, frames?.element),
      h("div", { class: "stack" }, causes, similarTo(clip), corrections.element, confirmation(clip, names))));
}

function head(clip) {
  return h("header", { class: "clip-head" },
    h("h1", {}, clip.cause?.name ?? clip.label),
    h("p", { class: "row" },
      clip.drive && driveBadge(clip.drive), clip.severity && severityBadge(clip.severity),
      clip.generated && generatedBadge(),
      clip.confirmed_fault && h("span", { class: "badge good" },
        t("bay.clip.confirmed", { name: confirmedName(clip.confirmed_fault, names) }))),
    facts(clip));
}

function facts(clip) {
  const { context } = clip;
  const rows = [
    ["bay.fact.vehicle", [vehicle(clip), context.vehicle?.year, context.vehicle?.mileage_km && t("bay.km", { km: context.vehicle.mileage_km })]],
    ["bay.fact.complaint", [context.complaint]],
    ["bay.fact.when", (context.when ?? []).map((when) => t(`bay.when.${when}`))],
    ["bay.fact.codes", context.codes ?? []],
    ["bay.fact.sent", [moment(clip.created_at), clip.label]],
  ];
  return h("dl", { class: "facts" }, rows.map(([key, values]) => {
    const said = values.filter(Boolean).join(" · ");
    return said ? [h("dt", {}, t(key)), h("dd", {}, said)] : [];
  }));
}

function actions(clip) {
  const begun = clip.session_id ? "bay.clip.guide_on" : "bay.clip.guide";
  return h("section", { class: "card next", "aria-label": t("bay.clip.next") },
    h("p", {}, h("strong", {}, t("bay.clip.next")), " ", clip.report.diagnosis.next_test?.name ?? t("bay.clip.no_test")),
    h("a", { class: "button primary big", href: `/bay/clips/${clip.id}/guide` }, t(begun)));
}

open().catch((problem) => put(place, h("p", { class: "notice bad", role: "alert" }, problem.message)))
  .finally(() => place.setAttribute("aria-busy", "false"));
