/* Shows a page of ours when there is no network. It keeps nothing of what members read. Served at /sw.js. */

const SHELF = "parvis-offline-1";

addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const shelf = await caches.open(SHELF);
      const page = await fetch("/offline", { credentials: "omit" });
      const text = await page.clone().text();
      await shelf.put("/offline", page);
      const files = [...text.matchAll(/(?:href|src)="(\/static\/(?:css|fonts|icons)[^"#]+)/g)].map((match) => match[1]);
      await shelf.addAll([...new Set(files)]);
      await skipWaiting();
    })(),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match("/offline")));
  else if (request.method === "GET" && new URL(request.url).pathname.startsWith("/static/"))
    event.respondWith(fetch(request).catch(() => caches.match(request)));
});
