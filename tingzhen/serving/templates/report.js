"use strict";
(() => {
  const player = document.getElementById("player");
  const box = document.getElementById("spectrogram");
  const head = document.getElementById("playhead");
  if (!player || !box || !head) return;
  const edge = (name) => Number(box.dataset[name]);
  const left = edge("left"), right = edge("right"), duration = edge("duration");
  head.style.top = `${edge("top") * 100}%`;
  head.style.height = `${(edge("bottom") - edge("top")) * 100}%`;

  const draw = () => {
    const part = Math.min(1, player.currentTime / duration);
    head.style.left = `${(left + part * (right - left)) * 100}%`;
    head.hidden = false;
    const view = box.parentElement, at = head.offsetLeft;
    // On a narrow screen the picture is wider than its window: keep the playhead in sight.
    if (at < view.scrollLeft || at > view.scrollLeft + view.clientWidth) view.scrollLeft = at - 20;
  };
  const follow = () => {
    draw();
    if (!player.paused && !player.ended) requestAnimationFrame(follow);
  };
  const playFrom = (time) => {
    player.currentTime = Math.max(0, Math.min(time, duration));
    draw();
    // A browser may refuse to start by itself; the seek has still been made.
    player.play().catch(() => undefined);
  };

  player.addEventListener("play", follow);
  player.addEventListener("seeked", draw);
  player.addEventListener("timeupdate", draw);
  box.addEventListener("click", (event) => {
    const area = box.getBoundingClientRect();
    const part = ((event.clientX - area.left) / area.width - left) / (right - left);
    if (part >= 0 && part <= 1) playFrom(part * duration);
  });
  for (const button of document.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => playFrom(Number(button.dataset.seek)));
  }
})();
