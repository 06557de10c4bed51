// The pictures of a clip: one large, boxes drawn on it.

import { h, put, say } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";

const LEAST = 0.01;

/** {element, controls, draw(), press(key), stop()}. form: {regions(), name(type), current(), add(region)}. */
export function pictures(clip, form) {
  let at = form.regions()[0]?.frame ?? firstWithDamage(clip) ?? clip.frames[0]?.number ?? 1;
  const image = h("img", { alt: "" });
  const boxes = h("div", {});
  const drawing = h("div", { class: "box", hidden: true });
  const area = h("div", { class: "picture" }, image, boxes, drawing);
  const strip = h("div", { class: "frames", role: "group", "aria-label": t("lab.label.frames") });
  let from = null;
  const point = (event) => {
    const place = area.getBoundingClientRect();
    const inside = (value) => Math.min(1, Math.max(0, value));
    return [inside((event.clientX - place.left) / place.width), inside((event.clientY - place.top) / place.height)];
  };
  const boxOf = ([ax, ay], [bx, by]) => {
    const round = (value) => Math.round(value * 10_000) / 10_000;
    const [x, y] = [round(Math.min(ax, bx)), round(Math.min(ay, by))];
    return { x, y, width: round(Math.max(ax, bx) - x), height: round(Math.max(ay, by) - y) };
  };
  const place = (element, { x, y, width, height }) => {
    Object.assign(element.style, {
      left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%`,
    });
  };
  const add = (box) => {
    if (!form.add({ frame: at, ...box })) say(t("lab.label.type_first"), "warn");
  };
  area.addEventListener("pointerdown", (event) => {
    from = point(event);
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener("pointermove", (event) => {
    if (from === null) return;
    drawing.hidden = false;
    place(drawing, boxOf(from, point(event)));
  });
  area.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const box = boxOf(from, point(event));
    from = null;
    drawing.hidden = true;
    if (Math.min(box.width, box.height) >= LEAST) add(box);
  });
  area.addEventListener("pointercancel", () => {
    from = null;
    drawing.hidden = true;
  });
  const choose = (frame) => {
    at = frame;
    draw();
  };
  const step = (by) => {
    const index = clip.frames.findIndex((frame) => frame.number === at);
    const next = clip.frames[index + by];
    if (next) choose(next.number);
  };
  function draw() {
    const frame = clip.frames.find((one) => one.number === at);
    if (frame && !image.src.endsWith(frame.url)) {
      image.src = frame.url;
      image.alt = t("lab.label.picture", { n: at, s: number(frame.time_s, 1) });
    }
    if (!strip.children.length) {
      put(strip, clip.frames.map((one) => h("button", {
        type: "button", "aria-label": t("lab.label.picture", { n: one.number, s: number(one.time_s, 1) }),
        onclick: () => choose(one.number),
      }, h("img", { src: one.url, alt: "", loading: "lazy" }))));
    }
    clip.frames.forEach((one, index) => {
      if (one.number === at) strip.children[index].setAttribute("aria-current", "true");
      else strip.children[index].removeAttribute("aria-current");
    });
    put(boxes, form.regions().filter((region) => region.frame === at).map((region) => {
      const box = h("div", { class: "box" }, h("span", {}, form.name(region.type)));
      place(box, region);
      return box;
    }));
  }
  const middle = () => add({ x: 0.25, y: 0.25, width: 0.5, height: 0.5 });
  const pressed = { "[": () => step(-1), "]": () => step(1), b: middle };
  return {
    element: h("div", {}, strip, area),
    controls: h("div", { class: "row" },
      h("button", { class: "button", type: "button", onclick: middle }, t("lab.label.add_box"), " ", h("kbd", { "aria-hidden": "true" }, "B"))),
    draw,
    press: (key) => {
      if (!(key in pressed)) return false;
      pressed[key]();
      return true;
    },
    stop: () => {},
  };
}

function firstWithDamage(clip) {
  const time = clip.damage.findings[0]?.time_s;
  if (time === undefined) return null;
  const far = (frame) => Math.abs(frame.time_s - time);
  return clip.frames.reduce((best, frame) => (best === null || far(frame) < far(best) ? frame : best), null)?.number ?? null;
}
