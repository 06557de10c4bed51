// Correct the machine: the forms, and what was said so far.

import { get, send } from "../../shell/api.js";
import { h, put, say } from "../../shell/dom.js";
import { moment, t } from "../../shell/texts.js";
import { band, span } from "../words.js";
import { boxForm, missedForm, wrongForm } from "./correction_forms.js";

export class Corrections {
  constructor(clip) {
    this.clip = clip;
    this.names = {
      noise: new Map(clip.report.noise.types.map((score) => [score.type, score.name])),
      damage: new Map(clip.report.damage.types.map((score) => [score.type, score.name])),
    };
    this.list = h("ul", { class: "corrections" });
    this.slots = { noise: h("div", { class: "correction-form" }), damage: h("div", { class: "correction-form" }) };
    this.buttons = { noise: h("div", { class: "row" }), damage: h("div", { class: "row" }) };
    this.element = h("section", { class: "card", "aria-labelledby": "correct" },
      h("h2", { id: "correct" }, t("bay.correct.title")), h("p", { class: "hint" }, t("bay.correct.why")),
      this.buttons.noise, this.buttons.damage, this.list);
  }

  useTimeline(timeline, player) {
    this.timeline = timeline;
    this.addButton("noise", "bay.correct.missed", () => this.open("noise", () => missedForm(this, timeline, player)));
    this.addButton("noise", "bay.correct.nothing_noise", () => this.make({ kind: "nothing_there", task: "noise" }));
  }

  useStage(stage, frame) {
    this.stage = stage;
    this.addButton("damage", "bay.correct.box", () => this.open("damage", () => boxForm(this, stage, frame)));
    this.addButton("damage", "bay.correct.nothing_damage", () => this.make({ kind: "nothing_there", task: "damage" }));
  }

  addButton(task, key, onclick) {
    this.buttons[task].append(h("button", { type: "button", class: "button", onclick }, t(key)));
  }

  /** about: an event, a finding or a type, with `type` and `name`. */
  wrongLabel(task, about) {
    this.open(task, () => wrongForm(this, task, about));
  }

  /** Beside what it is about. make: a form, made after the last one is closed, which ends its
   * drawing. */
  open(task, make) {
    this.close();
    const form = make();
    this.slots[task].replaceChildren(form);
    form.scrollIntoView({ block: "nearest" });
    form.querySelector("select, input").focus();
  }

  close() {
    this.timeline?.draw(null);
    this.stage?.draw(null);
    for (const slot of Object.values(this.slots)) slot.replaceChildren();
  }

  async make(body) {
    try {
      await send("POST", `/v1/clips/${this.clip.id}/corrections`, body);
      say(t("bay.correct.kept"), "good");
      this.close();
      await this.load();
    } catch (problem) {
      say(problem.message, "bad");
    }
  }

  async load() {
    const { corrections } = await get(`/v1/clips/${this.clip.id}/corrections`);
    put(this.list, corrections.map((one) => this.row(one)));
  }

  row(one) {
    return h("li", {}, h("span", {}, this.inWords(one), one.note && ` — ${one.note}`,
      h("span", { class: "hint" }, ` ${one.author ?? ""} ${moment(one.made_at)}`)),
    h("button", { type: "button", class: "button", "aria-label": t("bay.correct.take_back_this", { what: this.inWords(one) }), onclick: () => this.takeBack(one) }, t("bay.correct.take_back")));
  }

  inWords(one) {
    const name = (type) => this.names[one.task].get(type) ?? type;
    const where = one.start_s === null ? "" : ` (${[span(one.start_s, one.end_s), band(one.low_hz, one.high_hz)].filter(Boolean).join(" · ")})`;
    if (one.kind === "nothing_there") return t(`bay.correct.nothing_${one.task}`);
    if (one.kind === "wrong_label") {
      return one.instead ? t("bay.correct.said_instead", { type: name(one.type), instead: name(one.instead) }) + where
        : t("bay.correct.said_not", { type: name(one.type) }) + where;
    }
    return t(one.kind === "missed_noise" ? "bay.correct.said_missed" : "bay.correct.said_box", { type: name(one.type) }) + where;
  }

  async takeBack(one) {
    try {
      await send("DELETE", `/v1/clips/${this.clip.id}/corrections/${one.id}`);
      await this.load();
    } catch (problem) {
      say(problem.message, "bad");
    }
  }
}
