// What the camera sees, four times a second, small and grey: enough to tell whether it moves.

import { difference } from "./hints/still.js";

const WIDTH = 64;
const HEIGHT = 36;
const EVERY_MS = 250;

/** Watches a playing video element until stop() is called. now(): {differences, grey}. */
export function watch(video) {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  const kept = { differences: [], grey: [] };
  const timer = setInterval(() => {
    if (video.readyState < 2) return;
    drawing.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const grey = greyOf(drawing.getImageData(0, 0, WIDTH, HEIGHT).data);
    if (kept.grey.length) kept.differences.push(difference(kept.grey, grey));
    if (kept.differences.length > 8) kept.differences.shift();
    kept.grey = grey;
  }, EVERY_MS);
  return { now: () => kept, stop: () => clearInterval(timer) };
}

/** Brightness of pixels, 0..255 (ITU-R BT.601). */
export function greyOf(rgba) {
  const grey = new Float32Array(rgba.length / 4);
  for (let i = 0; i < grey.length; i += 1) {
    grey[i] = 0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2];
  }
  return grey;
}

export const nothingSeen = { now: () => ({ differences: [], grey: [] }), stop() {} };
