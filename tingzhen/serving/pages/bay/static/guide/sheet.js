// The sheet that is printed, or saved as PDF: what was done, what is next, which parts.

import { h } from "../../shell/dom.js";
import { moment, number, percent, t } from "../../shell/texts.js";
import { vehicle } from "../words.js";

export function sheet(clip, session, parts) {
  const { advice } = session;
  const next = advice.test?.name ?? advice.repair?.name ?? t(session.ending ? `bay.guide.ending.${session.ending}` : `bay.guide.${advice.kind}`);
  return h("section", { class: "sheet-print" },
    h("h1", {}, t("bay.sheet.title")),
    clip.generated && h("p", {}, h("strong", {}, t("bay.generated"))),
    h("dl", { class: "facts" }, [
      [t("bay.fact.vehicle"), vehicle(clip)], [t("bay.fact.sent"), `${moment(clip.created_at)} · ${clip.label}`],
      [t("bay.fact.complaint"), clip.context.complaint ?? "–"], [t("bay.sheet.drive"), `${t(`bay.drive.${session.drive}`)} – ${session.drive_reason}`],
    ].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h("h2", {}, t("bay.guide.causes")),
    h("ul", {}, session.causes.map((cause) => h("li", {}, `${cause.name} – ${percent(cause.probability)}`))),
    h("h2", {}, t("bay.guide.done")),
    h("ol", {}, session.steps.map((step) => h("li", {}, `${step.text} (${moment(step.at)})`))),
    h("h2", {}, t("bay.sheet.next")), h("p", {}, next, advice.test && ` – ${advice.test.how}`, advice.repair && ` – ${advice.repair.steps}`),
    h("h2", {}, t("bay.parts.title")),
    h("ul", { class: "parts-to-tick" }, parts.map((repair) => repair.parts.map((part) => h("li", {}, `☐ ${part} (${repair.name})`)))),
    h("p", {}, t("bay.sheet.spent", { minutes: number(session.spent.minutes), cny: number(session.spent.cny) })));
}
