// The sound of a clip: player, spectrogram, and what was heard in it.

import { get } from "../../shell/api.js";
import { h, put } from "../../shell/dom.js";
import { t } from "../../shell/texts.js";
import { band, likely, seconds, span, wrong } from "../words.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";

const LEAD_S = 0.3;
const SHOWN_TYPES = 5;

/** {element, play(from, until)}; null where there is neither sound nor video. */
export async function soundOf(clip, corrections) {
  if (clip.kind === "photo") return null;
  const player = new Player(clip);
  const heading = h("h2", { id: "sound" }, t("bay.sound.title"));
  const section = h("section", { class: "card", "aria-labelledby": "sound" }, heading);
  if (!player.hasSound) {
    section.append(player.element, h("p", { class: "hint" }, t("bay.sound.none")));
    return { element: section, play: (from, until) => player.loop(from, until) };
  }
  const view = await get(`/v1/clips/${clip.id}/spectrogram`);
  const heard = new Heard(clip, view, player, corrections);
  section.append(
    h("p", {}, t(`bay.noise.${clip.report.noise.verdict}`)),
    h("div", { class: "watch" }, player.element, heard.timeline.element),
    heard.listening, corrections.slots.noise, heard.element, types(clip, corrections));
  corrections.useTimeline(heard.timeline, player);
  return { element: section, play: (from, until) => heard.play(from, until) };
}

class Heard {
  constructor(clip, view, player, corrections) {
    this.player = player;
    this.corrections = corrections;
    this.selected = null;
    this.timeline = new Timeline(view, player, (event) => this.choose(event));
    this.rows = new Map(view.events.map((event) => [event, this.row(event)]));
    this.element = view.events.length
      ? h("ol", { class: "events" }, [...this.rows.values()])
      : h("p", { class: "hint" }, t("bay.sound.no_events"));
    this.bandButton = h("button", { type: "button", class: "button", "aria-pressed": "false", disabled: true, onclick: () => this.toggleBand() }, t("bay.sound.band"));
    this.stopButton = h("button", { type: "button", class: "button", onclick: () => this.stop() }, t("bay.sound.stop"));
    this.said = h("span", { class: "hint", role: "status" });
    this.listening = h("div", { class: "row listening" }, this.bandButton, this.stopButton, this.said);
  }

  row(event) {
    const loop = h("button", { type: "button", class: "button", "aria-pressed": "false", onclick: () => this.choose(event) },
      h("span", { class: "event-number", "aria-hidden": "true" }, event.number), t("bay.sound.loop"));
    loop.querySelector(".event-number").style.borderColor = event.colour;
    return h("li", { class: "event" },
      h("span", { class: "event-name" }, h("strong", {}, event.name), " ",
        h("span", { class: "hint" }, [span(event.start_s, event.end_s), band(event.low_hz, event.high_hz)].filter(Boolean).join(" · "))),
      likely(event.probability), loop,
      wrong(event.name, () => this.corrections.wrongLabel("noise", event)));
  }

  /** Loop an event, with a little of what comes before it. */
  choose(event) {
    this.selected = event;
    this.mark(event);
    this.bandButton.disabled = event.low_hz === null;
    if (this.bandButton.getAttribute("aria-pressed") === "true") this.player.only({ low: event.low_hz, high: event.high_hz });
    this.player.loop(Math.max(0, event.start_s - LEAD_S), event.end_s);
    put(this.said, t("bay.sound.looping", { name: event.name, span: span(event.start_s, event.end_s) }));
  }

  mark(selected) {
    this.timeline.mark(selected);
    for (const [event, row] of this.rows) {
      row.classList.toggle("selected", event === selected);
      row.querySelector("button").setAttribute("aria-pressed", String(event === selected));
    }
  }

  toggleBand() {
    const on = this.bandButton.getAttribute("aria-pressed") !== "true";
    this.bandButton.setAttribute("aria-pressed", String(on));
    const { low_hz: low, high_hz: high } = this.selected;
    this.player.only(on ? { low, high } : null);
    put(this.said, on ? t("bay.sound.only", { band: band(low, high) }) : t("bay.sound.all"));
  }

  stop() {
    this.player.stop();
    this.selected = null;
    this.mark(null);
    this.bandButton.disabled = true;
    this.bandButton.setAttribute("aria-pressed", "false");
    this.player.only(null);
    put(this.said);
  }

  play(from, until) {
    this.player.loop(Math.max(0, from - LEAD_S), until);
    put(this.said, t("bay.sound.from", { s: seconds(from) }));
    this.timeline.element.scrollIntoView({ block: "nearest" });
  }
}

function types(clip, corrections) {
  const listed = clip.report.noise.types.slice(0, SHOWN_TYPES);
  return h("details", {}, h("summary", {}, t("bay.sound.types")),
    h("ul", { class: "types" }, listed.map((score) => h("li", {}, h("span", {}, score.name), likely(score.probability),
      wrong(score.name, () => corrections.wrongLabel("noise", score))))));
}
