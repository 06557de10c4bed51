// What the frame of every page does: signing out, and links that keep what the address says.

import { send } from "./api.js";

document.getElementById("sign-out")?.addEventListener("click", async () => {
  await send("POST", "/logout").catch(() => {});
  await globalThis.caches?.delete("tingzhen-page"); // what a service worker kept of somebody's page
  location.assign("/login");
});

for (const link of document.querySelectorAll("a[data-keep-query]")) {
  link.addEventListener("click", () => {
    const wanted = new URL(link.href);
    const query = new URLSearchParams(location.search);
    for (const [name, value] of wanted.searchParams) query.set(name, value);
    link.href = `${location.pathname}?${query}`;
  });
}
