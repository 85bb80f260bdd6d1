{% load static i18n %}{# context: files (names of the static files the offline page needs) #}// Shows our own page when the network is lost, instead of the browser's. Stores no personal data.
const SHELL = "shell-{% get_current_language as language %}{{ language }}-{% for name in files %}{% static name %}{% endfor %}";
const OFFLINE = "{% url 'workbench:offline' %}";
const FILES = [OFFLINE, {% for name in files %}"{% static name %}", {% endfor %}];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(old).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (request.destination === "style" || request.destination === "script") {
    event.respondWith(caches.match(request).then((hit) => hit || fetch(request)));
  }
});
