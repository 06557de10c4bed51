// One picture, large: zoomed with buttons, wheel or keys, moved by dragging, drawn on.

import { h } from "../../shell/dom.js";
import { t } from "../../shell/texts.js";
import { drawable, place } from "./drawing.js";

const STEPS = [1, 1.5, 2, 3, 4, 6];

export class Stage {
  constructor() {
    this.zoom = 0;
    this.told = null;
    this.image = h("img", { alt: "", draggable: "false" });
    this.marks = h("div", { class: "marks" });
    this.drawnBox = h("div", { class: "drawn-box", hidden: true });
    this.sheet = h("div", { class: "sheet" }, this.image, this.marks, this.drawnBox);
    this.view = h("div", { class: "stage", tabindex: "0", role: "group", "aria-label": t("bay.stage.label") }, this.sheet);
    this.closer = this.button("+", "bay.stage.closer", 1);
    this.farther = this.button("−", "bay.stage.farther", -1);
    this.element = h("div", {}, this.view, h("div", { class: "row" }, this.farther, this.closer));
    drawable(this.sheet, {
      active: () => this.told !== null,
      drawn: (rectangle) => { this.showDrawn(rectangle); this.told(rectangle); },
    });
    this.view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.step(event.deltaY < 0 ? 1 : -1);
    }, { passive: false });
    this.view.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "=") this.step(1);
      else if (event.key === "-") this.step(-1);
    });
    this.image.addEventListener("load", () => this.fit());
    this.dragToMove();
    this.step(0);
  }

  button(sign, key, by) {
    return h("button", { type: "button", class: "button", "aria-label": t(key), onclick: () => this.step(by) }, sign);
  }

  step(by) {
    const { view } = this;
    const middle = [(view.scrollLeft + view.clientWidth / 2) / view.scrollWidth, (view.scrollTop + view.clientHeight / 2) / view.scrollHeight];
    this.zoom = Math.min(STEPS.length - 1, Math.max(0, this.zoom + by));
    this.fit();
    view.scrollLeft = middle[0] * view.scrollWidth - view.clientWidth / 2;
    view.scrollTop = middle[1] * view.scrollHeight - view.clientHeight / 2;
    this.closer.disabled = this.zoom === STEPS.length - 1;
    this.farther.disabled = this.zoom === 0;
  }

  /** The whole picture without zoom, whatever its shape. */
  fit() {
    const shape = this.image.naturalWidth / this.image.naturalHeight || 1;
    this.sheet.style.width = `calc(min(100%, 62vh * ${shape}) * ${STEPS[this.zoom]})`;
  }

  dragToMove() {
    let from = null;
    this.view.addEventListener("pointerdown", (event) => {
      if (this.told || event.pointerType !== "mouse" || event.button !== 0) return; // fingers scroll by themselves
      from = [event.clientX + this.view.scrollLeft, event.clientY + this.view.scrollTop];
    });
    this.view.addEventListener("pointermove", (event) => {
      if (!from) return;
      this.view.scrollLeft = from[0] - event.clientX;
      this.view.scrollTop = from[1] - event.clientY;
    });
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) this.view.addEventListener(end, () => { from = null; });
  }

  /** marks: elements that are placed over the picture. */
  show(url, alt, marks) {
    this.image.src = url;
    this.image.alt = alt;
    this.marks.replaceChildren(...marks);
    this.changed?.();
  }

  /** Let a box be drawn; told(rectangle) for each. null ends it. */
  draw(told) {
    this.told = told;
    this.sheet.classList.toggle("drawing", told !== null);
    if (told === null) this.showDrawn(null);
  }

  showDrawn(rectangle) {
    place(this.drawnBox, rectangle);
  }
}
