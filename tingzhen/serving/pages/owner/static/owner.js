// The owner's page: pick when it happens, record or choose, read the result, look back.

import { by } from "../shell/dom.js";
import { showHistory } from "./history.js";
import { showPick } from "./pick.js";
import { waiting } from "./queue.js";

const place = by("owner");

/** Where the page begins: what waits to be sent, the tiles, the own clips. */
export function home() {
  if (location.pathname !== "/owner") history.pushState(null, "", "/owner");
  showPick(place, home);
  showHistory(place);
}

/** One clip: on its way here, or known to the service. */
export async function open(clipId) {
  const { showClip } = await import("./clip.js");
  showClip(place, clipId, home);
}

async function goOnSending() {
  if ((await waiting()).length === 0) return;
  const { showQueue } = await import("./sending.js");
  showQueue(by("queue"));
}

function show() {
  const found = /^\/owner\/clips\/([0-9a-f]{32})$/.exec(location.pathname);
  if (found) open(found[1]);
  else home();
}

addEventListener("popstate", show);
show();
performance.mark("owner-ready"); // what the first page is for can be done now
goOnSending();
navigator.serviceWorker?.register("/owner/worker.js", { scope: "/owner" }).catch(() => {});
