// The list of today stays true without loading the page: asked for every half minute while somebody looks, by the
// button, and on touch screens by pulling the page down.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const place = () => find("#asks");
  const FAR = 72; // pixels that a finger pulls until letting go refreshes
  let wanted = false;
  let asked = Date.now();

  function ask(all) {
    if (!place() || navigator.onLine === false) return;
    wanted = all;
    asked = Date.now();
    window.htmx.trigger(place(), "refresh");
  }

  // Never under a finger or a dialog: what one is about to press must not move.
  const busy = () => find("dialog[open], .is-leaving, .is-busy");
  const due = () => place() && Date.now() - asked >= Number(place().dataset.asks) * 1000;

  setInterval(() => { if (!document.hidden && due() && !busy()) ask(false); }, 5000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && due() && !busy()) ask(false); });
  addEventListener("online", () => ask(false));

  // As many rows as one has before one already: a list that was scrolled down does not shrink under the finger.
  const longest = () => Math.max(0, ...[...document.querySelectorAll("#todo .tasks")].map((one) => one.querySelectorAll(".task").length));

  // An answer that brings another place to ask from is told of elsewhere: the element that asked stands in the request.
  const ours = (event) => {
    const source = (event.detail.requestConfig || event.detail).elt;
    return Boolean(source) && source.id === "asks";
  };
  document.addEventListener("htmx:configRequest", (event) => {
    if (!ours(event)) return;
    if (wanted) event.detail.parameters.all = "1";
    const open = find("#todo .task.is-on");
    if (open) event.detail.parameters.task = open.id.replace("task-", "");
    event.detail.parameters.rows = longest();
  });
  // What nobody asked for fails in silence; the next turn asks again.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => { if (ours(event) && !wanted) event.stopImmediatePropagation(); }, true);
  }
  document.addEventListener("htmx:afterRequest", (event) => { if (ours(event)) settle(); });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-refresh]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    button.classList.add("is-turning");
    ask(true);
  });

  // -- pull ------------------------------------------------------------------
  let from = null;
  const pull = () => find("#pull");

  function settle() {
    document.querySelectorAll(".is-turning").forEach((one) => one.classList.remove("is-turning"));
    if (pull()) { pull().classList.remove("is-ready", "is-pulled"); pull().style.height = ""; }
  }

  const top = (target) => {
    const pane = target.closest(".pane--list");
    return pane && window.scrollY <= 0 && pane.scrollTop <= 0;
  };

  document.addEventListener("touchstart", (event) => {
    const fits = event.touches.length === 1 && !find("dialog[open]") && top(event.target);
    from = fits ? event.touches[0].clientY : null;
  }, { passive: true });

  document.addEventListener("touchmove", (event) => {
    if (from === null || !pull()) return;
    const far = event.touches[0].clientY - from;
    if (far <= 8 || !top(event.target)) { settle(); return; }
    pull().classList.add("is-pulled");
    pull().style.height = `${Math.min(far / 2, FAR)}px`;
    pull().classList.toggle("is-ready", far >= FAR);
  }, { passive: true });

  document.addEventListener("touchend", () => {
    const ready = from !== null && pull() && pull().classList.contains("is-ready");
    from = null;
    if (!ready) { settle(); return; }
    pull().classList.add("is-turning");
    ask(true);
  }, { passive: true });

  document.addEventListener("touchcancel", () => { from = null; settle(); }, { passive: true });

  document.documentElement.classList.add("pulls"); // the browser's own pull would load the page again
})();
