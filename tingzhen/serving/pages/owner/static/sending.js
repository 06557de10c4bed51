// From a recording to the service: queued, sent, and shown on its way; whoever opens the page later
// goes on with it.

import { h, put } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { add, note, remove, waiting } from "./queue.js";
import { upload } from "./tus.js";

const changes = new EventTarget();
const LOCK = "tingzhen-upload";

/** Queue a recording or a file, and show its way. recorded: {blob, name, when}. */
export async function send(place, recorded, back) {
  const workshop = document.getElementById("owner").dataset.workshop;
  const context = JSON.stringify(recorded.when.length ? { when: recorded.when } : {});
  const id = await add({ blob: recorded.blob, name: recorded.name, context, workshop });
  const { showProgress } = await import("./progress.js");
  showProgress(place, { id, bytes: recorded.blob.size, name: recorded.name }, back);
  sendAll();
}

/** Calls heard({id, kind, ...}) of what happens to an item: sending (bytes), lost, refused (message),
 * arrived (clipId). Returns what ends it. */
export function follow(heard) {
  const listener = (event) => heard(event.detail);
  changes.addEventListener("change", listener);
  return () => changes.removeEventListener("change", listener);
}

/** Send what is queued, one after the other; one page at a time. */
export async function sendAll() {
  await exclusively(async () => {
    for (let items = await next(); items.length > 0; items = await next()) await sendOne(items[0]);
  });
}

const next = async () => (await waiting()).filter((item) => !item.refused);

async function sendOne(item) {
  const tell = (kind, more = {}) => changes.dispatchEvent(new CustomEvent("change", { detail: { id: item.id, kind, ...more } }));
  try {
    const clipId = await upload(item.blob, { filename: item.name, context: item.context, workshop: item.workshop }, {
      url: item.url,
      begun: (url) => note(item.id, { url }),
      progress: (bytes) => tell("sending", { bytes }),
      lost: (problem) => tell("lost", { message: problem.message }),
    });
    await remove(item.id);
    tell("arrived", { clipId });
  } catch (problem) {
    await note(item.id, { refused: problem.message });
    tell("refused", { message: problem.message });
  }
}

async function exclusively(work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
}

/** What an earlier visit left to be sent, and its way. */
export async function showQueue(place) {
  const rows = new Map();
  for (const item of await waiting()) rows.set(item.id, row(item, () => rows.get(item.id).remove()));
  put(place, h("h2", {}, t("owner.queue.title")), [...rows.values()]);
  follow(({ id, kind, bytes, clipId, message }) => {
    const shown = rows.get(id)?.querySelector(".state");
    if (!shown) return;
    if (kind === "arrived") put(shown, h("a", { class: "button", href: `/owner/clips/${clipId}` }, t("owner.queue.see")));
    else if (kind === "sending") shown.textContent = t("owner.queue.sent", { n: number(bytes / 1e6, 1) });
    else shown.textContent = message;
  });
  sendAll();
}

function row(item, gone) {
  const drop = async () => {
    await remove(item.id);
    gone();
  };
  return h("div", { class: "card row" }, h("strong", {}, item.name),
    h("span", { class: "state", role: "status" }, item.refused ?? t("owner.queue.waits")),
    h("button", { class: "button danger", type: "button", onclick: drop }, t("owner.queue.drop")));
}
