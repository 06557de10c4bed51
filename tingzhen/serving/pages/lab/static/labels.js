// The label queue: one clip at a time, what teaches most first; label, then the next.

import { get, send } from "../shell/api.js";
import { h, put, say } from "../shell/dom.js";
import { percent, t } from "../shell/texts.js";
import { exchange } from "./exchange.js";
import { keys } from "./label_keys.js";
import { labelForm } from "./label_form.js";
import { machineSaid } from "./machine_said.js";
import { taskName, typeNames, verdictName } from "./names.js";
import { asked, behind, card, choices, generatedMark, here, show } from "./page.js";

const task = asked("task") === "damage" ? "damage" : "noise";
const state = { names: {}, types: [], queue: [], at: null, form: null };
const desk = h("div", { class: "desk" });
const queued = h("div", { class: "queue" });
const waiting = h("p", { class: "hint" });

show(async () => {
  const [types] = await Promise.all([get("/v1/lab/types"), loadQueue()]);
  state.names = typeNames(types);
  state.types = types[task];
  const first = asked("clip") ?? state.queue[0]?.id;
  if (first) await open(first);
  else put(desk, h("p", { class: "card" }, t("lab.labels.empty")));
  return [
    choices(t("lab.labels.task"), ["noise", "damage"].map((one) =>
      [taskName(one), here({ task: one, clip: null }), one === task])),
    behind(state.pending),
    h("div", { class: "labelling" }, desk, card(t("lab.labels.queue"), waiting, queued)),
    exchange(task, () => loadQueue()),
  ];
});

keys(() => state.form, { save, skip });

async function loadQueue() {
  const found = await get(`/v1/lab/queue/${task}?limit=30`);
  state.queue = found.clips;
  state.pending = found.pending;
  put(waiting, t("lab.labels.waiting", { n: found.waiting }));
  drawQueue();
}

function drawQueue() {
  put(queued, h("ol", {}, state.queue.map((clip) => h("li", {}, h(
    "button", {
      class: "button", type: "button", "aria-current": clip.id === state.at ? "true" : null,
      onclick: () => open(clip.id).catch(tell),
    },
    clip[task].first_name, " ", percent(clip[task].probability), clip.generated ? [" ", generatedMark(clip)] : null,
    h("small", {}, `${verdictName(clip[task].verdict)} · ${why(clip.teaches)}`),
  )))));
}

/** Why a clip would teach something, in words. */
function why(teaches) {
  const reasons = [
    teaches.corrected ? t("lab.why.corrected") : null,
    teaches.contradicted ? t("lab.why.contradicted") : null,
    teaches.disagreement > 0 ? t("lab.why.disagreement") : null,
    teaches.uncertainty >= 0.9 ? t("lab.why.uncertain") : null,
    teaches.rarity === 1 ? t("lab.why.rare") : null,
  ].filter(Boolean);
  return [t("lab.why.value", { value: percent(teaches.value) }), ...reasons].join(" · ");
}

async function open(id) {
  const clip = await get(`/v1/lab/clips/${id}`);
  state.at = id;
  drawQueue();
  const label = clip.labels.find((one) => one.task === task) ?? null;
  state.form?.stop();
  state.form = labelForm({ task, clip, label, types: state.types, names: state.names[task] });
  put(desk,
    h("section", { class: "card", "aria-labelledby": "clip-name" },
      h("h2", { id: "clip-name" }, t("lab.clip.name", { id: id.slice(0, 8) })),
      machineSaid(clip, task, state.names[task]),
      state.form.element,
      h("div", { class: "row actions" },
        h("button", { class: "button primary", type: "button", id: "save", onclick: save }, label ? t("lab.labels.change") : t("lab.labels.save"), " ", h("kbd", { "aria-hidden": "true" }, "Enter")),
        h("button", { class: "button", type: "button", onclick: skip }, t("lab.labels.skip"), " ", h("kbd", { "aria-hidden": "true" }, "S")),
        label ? h("button", { class: "button danger", type: "button", onclick: takeBack }, t("lab.labels.take_back")) : null)));
}

async function save() {
  const form = state.form;
  const id = state.at;
  const problem = form.problem();
  if (problem) return say(problem, "warn");
  try {
    await send("PUT", `/v1/lab/clips/${id}/label`, { task, ...form.label() });
    say(t("lab.labels.saved"), "good");
    await next(id);
  } catch (error) {
    tell(error);
  }
}

async function skip() {
  await next(state.at, { keep: true }).catch(tell);
}

async function takeBack() {
  try {
    await send("DELETE", `/v1/lab/clips/${state.at}/label/${task}`);
    say(t("lab.labels.taken_back"));
    await loadQueue();
    await open(state.at);
  } catch (error) {
    tell(error);
  }
}

async function next(id, { keep = false } = {}) {
  const place = state.queue.findIndex((clip) => clip.id === id);
  const after = state.queue[place + 1]?.id ?? state.queue.find((clip) => clip.id !== id)?.id;
  if (!keep) await loadQueue();
  const wanted = keep || state.queue.some((clip) => clip.id === after) ? after : state.queue[0]?.id;
  if (wanted) await open(wanted);
  else put(desk, h("p", { class: "card" }, t("lab.labels.empty")));
  desk.scrollIntoView({ block: "start" });
}

function tell(problem) {
  say(problem.message, "bad");
}
