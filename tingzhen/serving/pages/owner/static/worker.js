// Keeps the owner's page and its files, so that recording and queueing go on without a network.
// Never anything of /v1: what is said of a clip is the service's to say. VERSION and KEPT are put in
// front by the server.

const FILES = `tingzhen-files-${VERSION}`;
const PAGE = "tingzhen-page";
const START = "/owner";
const PATIENCE_MS = 4000;

addEventListener("install", (event) => {
  event.waitUntil(Promise.all([
    caches.open(FILES).then((cache) => cache.addAll(KEPT)),
    fetch(START, { credentials: "same-origin" }).then(keepPage).catch(() => {}),
  ]).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("tingzhen-files-") && name !== FILES).map((name) => caches.delete(name))))
    .then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate" && url.pathname.startsWith(START)) event.respondWith(page(event.request));
});

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function page(request) {
  const kept = await caches.match(START);
  const fetched = fetch(request).then(keepPage);
  if (!kept) return fetched;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  return Promise.race([fetched.catch(() => kept), late]);
}

/** A page in its own words alone: not the way to sign in, and not a refusal. */
async function keepPage(response) {
  if (response.ok && !response.redirected) {
    const cache = await caches.open(PAGE);
    await cache.put(START, response.clone());
  }
  return response;
}
