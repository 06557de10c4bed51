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

  // The stretch that a button plays: it ends there, unless somebody goes elsewhere before.
  let until = Infinity, pressed = null;
  const release = () => {
    until = Infinity;
    if (pressed) pressed.setAttribute("aria-pressed", "false");
    pressed = null;
  };
  const endStretch = () => {
    if (player.currentTime < until) return;
    if (player.currentTime < until + 1.5) player.pause(); // further on, somebody has jumped there
    release();
  };

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
    endStretch();
    if (!player.paused && !player.ended) requestAnimationFrame(follow);
  };
  const playFrom = (time) => {
    player.currentTime = Math.max(0, Math.min(time, duration));
    draw();
    // A browser may refuse to start by itself; the seek has still been made.
    player.play().catch(release);
  };

  player.addEventListener("play", follow);
  player.addEventListener("seeked", draw);
  player.addEventListener("timeupdate", draw);
  player.addEventListener("timeupdate", endStretch); // a page in the background draws no frames
  player.addEventListener("pause", () => player.paused && release());
  player.addEventListener("ended", release);
  box.addEventListener("click", (event) => {
    const area = box.getBoundingClientRect();
    const part = ((event.clientX - area.left) / area.width - left) / (right - left);
    if (part < 0 || part > 1) return;
    release();
    playFrom(part * duration);
  });
  for (const button of document.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => {
      const again = pressed === button;
      release();
      if (again) {
        player.pause();
        return;
      }
      pressed = button;
      until = Number(button.dataset.until);
      button.setAttribute("aria-pressed", "true");
      playFrom(Number(button.dataset.seek));
    });
  }
})();
