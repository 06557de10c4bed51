// The spectrogram on the player's time line: tap to play from there, tap an event to loop it, draw.

import { h } from "../../shell/dom.js";
import { number, t } from "../../shell/texts.js";
import { drawable, place } from "./drawing.js";
import { Scale, TICKS_HZ } from "./scale.js";

export class Timeline {
  /** view: of /v1/clips/{id}/spectrogram. chosen(event): one was tapped. */
  constructor(view, player, chosen) {
    this.view = view;
    this.player = player;
    this.scale = new Scale(view.plot, view.duration_s);
    this.drawing = false;
    this.head = h("div", { class: "playhead", "aria-hidden": "true" });
    this.drawnBox = h("div", { class: "drawn-box", hidden: true });
    this.boxes = view.events.map((event) => this.eventBox(event));
    this.plot = h("div", { class: "plot" }, this.picture(), this.boxes, this.drawnBox, this.head);
    this.element = h("figure", { class: "timeline" },
      h("div", { class: "hertz", "aria-hidden": "true" }, TICKS_HZ.map((hz) => this.hertzTick(hz))),
      this.plot,
      h("div", { class: "times", "aria-hidden": "true" }, this.scale.ticks(8).map((s) => this.timeTick(s))),
      h("figcaption", { class: "hint" }, t("bay.timeline.hint")));
    drawable(this.plot, {
      active: () => this.drawing,
      drawn: (rectangle) => this.tell(rectangle),
      tapped: (point) => this.tap(point, chosen),
    });
    player.onTime((second) => { this.head.style.left = `${this.scale.x(second) * 100}%`; });
  }

  /** The plot alone: the picture's own axes lie outside of what is seen. */
  picture() {
    const { url, left, right, top, bottom } = this.view.plot;
    const image = h("img", { src: url, alt: t("bay.timeline.alt", { n: this.view.events.length }), draggable: "false" });
    Object.assign(image.style, {
      width: `${100 / (right - left)}%`, height: `${100 / (bottom - top)}%`,
      left: `${(-100 * left) / (right - left)}%`, top: `${(-100 * top) / (bottom - top)}%`,
    });
    return image;
  }

  rectangleOf({ start_s, end_s, low_hz, high_hz }) {
    const x = this.scale.x(start_s);
    const y = high_hz === null ? 0 : this.scale.y(high_hz);
    const bottom = low_hz === null ? 1 : this.scale.y(low_hz);
    return { x, y, width: this.scale.x(end_s) - x, height: bottom - y };
  }

  eventBox(event) {
    const box = h("div", { class: "event-box", "data-number": event.number, "aria-hidden": "true" });
    place(box, this.rectangleOf(event));
    return box;
  }

  mark(selected) {
    for (const box of this.boxes) box.classList.toggle("selected", Number(box.dataset.number) === selected?.number);
  }

  hertzTick(hz) {
    const tick = h("span", {}, hz >= 1000 ? `${hz / 1000}k` : String(hz));
    tick.style.top = `${this.scale.y(hz) * 100}%`;
    return tick;
  }

  timeTick(second) {
    const tick = h("span", {}, number(second, 1));
    tick.style.left = `${this.scale.x(second) * 100}%`;
    return tick;
  }

  tap(point, chosen) {
    const second = this.scale.second(point.x);
    const hz = this.scale.hz(point.y);
    const hit = this.view.events.find((event) => event.start_s <= second && second <= event.end_s &&
      (event.low_hz === null || (event.low_hz <= hz && hz <= event.high_hz)));
    if (hit) chosen(hit);
    else this.player.playFrom(second);
  }

  /** Let a missed noise be drawn; told(stretch) for each rectangle. null ends it. */
  draw(told) {
    this.drawing = told !== null;
    this.told = told;
    this.plot.classList.toggle("drawing", this.drawing);
    if (!this.drawing) place(this.drawnBox, null);
  }

  tell({ x, y, width, height }) {
    const stretch = {
      start_s: this.scale.second(x), end_s: this.scale.second(x + width),
      low_hz: this.scale.hz(y + height), high_hz: this.scale.hz(y),
    };
    this.show(stretch);
    this.told?.(stretch);
  }

  /** Show a stretch as drawn, from numbers. */
  show(stretch) {
    place(this.drawnBox, this.rectangleOf(stretch));
  }
}
