// The queue: open clips by urgency, closed ones by time; looked at again by itself.

import { get } from "../shell/api.js";
import { by, h, put, say } from "../shell/dom.js";
import { moment, percent, t } from "../shell/texts.js";
import { ago, confirmedName, driveBadge, faultNames, generatedBadge, severityBadge, vehicle } from "./words.js";

const AGAIN_MS = 20000;
const PAGE = 30;
const tabs = { open: by("tab-open"), closed: by("tab-closed") };
let shown = location.hash === "#closed" ? "closed" : "open";
let next = null;
let asked = 0;

function path(cursor) {
  const query = new URLSearchParams({ confirmed: shown === "closed", limit: PAGE, sort: shown === "open" ? "urgency" : "newest" });
  if (by("search").value.trim()) query.set("q", by("search").value.trim());
  if (cursor) query.set("cursor", cursor);
  return `/v1/clips?${query}`;
}

async function load({ more = false, quietly = false } = {}) {
  const mine = ++asked;
  const list = by("clips");
  if (!quietly) list.setAttribute("aria-busy", "true");
  try {
    const [found, names] = await Promise.all([get(path(more ? next : null)), faultNames()]);
    if (mine !== asked) return;
    const cards = found.clips.map((clip) => card(clip, names));
    next = found.next_cursor;
    by("more").hidden = next === null;
    if (more) list.querySelector("ul").append(...cards);
    else if (cards.length) put(list, h("ul", { class: "queue" }, cards));
    else put(list, h("p", { class: "card" }, t(`bay.queue.none_${shown}`)));
  } catch (problem) {
    if (!quietly) say(problem.message, "bad");
  } finally {
    list.setAttribute("aria-busy", "false");
  }
}

function card(clip, names) {
  return h("li", {},
    h("a", { class: `card queued drive-${clip.drive ?? "none"}`, href: `/bay/clips/${clip.id}` },
      h("span", { class: "row" }, marks(clip)),
      h("strong", {}, headline(clip, names)),
      h("span", {}, vehicle(clip), " · ", clip.label),
      h("span", { class: "hint" }, h("time", { datetime: clip.created_at, title: moment(clip.created_at) }, ago(clip.created_at)),
        clip.session_id && !clip.confirmed_fault ? ` · ${t("bay.queue.session")}` : "")));
}

function marks(clip) {
  return [
    clip.drive ? driveBadge(clip.drive) : h("span", { class: "badge" }, t(`bay.state.${clip.state}`)),
    clip.severity && severityBadge(clip.severity),
    clip.confirmed_fault && h("span", { class: "badge good" }, t("bay.queue.confirmed")),
    clip.generated && generatedBadge(),
  ];
}

function headline(clip, names) {
  if (clip.confirmed_fault) return confirmedName(clip.confirmed_fault, names);
  if (clip.cause) return t("bay.queue.cause", { name: clip.cause.name, p: percent(clip.cause.probability) });
  if (clip.error) return clip.error.message;
  return t(clip.state === "done" ? "bay.queue.no_cause" : "bay.queue.not_yet");
}

function choose(tab) {
  shown = tab;
  for (const [name, button] of Object.entries(tabs)) {
    button.setAttribute("aria-selected", String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
  }
  by("clips").setAttribute("aria-labelledby", `tab-${tab}`);
  history.replaceState(null, "", tab === "closed" ? "#closed" : location.pathname + location.search);
  load();
}

for (const [name, button] of Object.entries(tabs)) {
  button.addEventListener("click", () => choose(name));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = name === "open" ? "closed" : "open";
    choose(other);
    tabs[other].focus();
  });
}
let typing;
by("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(load, 250);
});
by("filters").addEventListener("submit", (event) => event.preventDefault());
by("more").addEventListener("click", () => load({ more: true }));
setInterval(() => {
  const top = by("clips").querySelectorAll("li").length <= PAGE;
  if (!document.hidden && top) load({ quietly: true });
}, AGAIN_MS);
choose(shown);
