// The guided session of a clip: one test a screen, its answers as large buttons.

import { get, send } from "../shell/api.js";
import { by, h, put, say } from "../shell/dom.js";
import { t } from "../shell/texts.js";
import { aside } from "./guide/aside.js";
import { sheet } from "./guide/sheet.js";
import { screen } from "./guide/screen.js";
import { generatedBadge, vehicle } from "./words.js";

const place = by("guide");
const clipId = place.dataset.clip;
let clip;
let session;
let parts;
let busy = false;

/** Ask for a change of the session and show what is next; nothing is sent twice. */
async function change(path, body) {
  if (busy) return;
  busy = true;
  for (const button of place.querySelectorAll("button")) button.disabled = true;
  try {
    session = await send("POST", `/v1/guide/${session.id}/${path}`, { ...body, version: session.version });
  } catch (problem) {
    say(problem.message, "bad");
    if (problem.status === 409) session = await get(`/v1/guide/${session.id}`); // answered elsewhere
  } finally {
    busy = false;
  }
  await show(true);
}

const step = (kind, more = {}) => change("steps", { kind, ...more });
const undo = () => change("undo", {});

async function finish() {
  try {
    await send("POST", `/v1/guide/${session.id}/finish`);
    location.assign("/bay#closed");
  } catch (problem) {
    say(problem.message, "bad");
  }
}

async function show(moved = false) {
  ({ repairs: parts } = await get(`/v1/guide/${session.id}/parts`));
  const next = screen(session, { step, undo, finish });
  put(place,
    h("header", { class: "row" }, h("h1", {}, t("bay.guide.title")), clip.generated && generatedBadge(),
      h("span", { class: "hint" }, vehicle(clip), " · ", clip.label)),
    h("div", { class: "bench" }, next, aside(session, parts)), sheet(clip, session, parts));
  if (moved) next.querySelector("h2").focus();
}

async function open() {
  clip = await get(`/v1/clips/${clipId}`);
  session = await send("POST", `/v1/clips/${clipId}/guide`);
  await show();
}

open().catch((problem) => put(place, h("p", { class: "notice bad", role: "alert" }, problem.message)))
  .finally(() => place.setAttribute("aria-busy", "false"));
