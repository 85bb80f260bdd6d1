// The workbench works without this file. It adds: panes beside the list, dialogs, toasts with a way back, focus after
// a swap, retry after a fault, the offline notice, drafts, and small helps for fields. No library but htmx; CSP-safe.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler, capture = false) => document.addEventListener(name, handler, capture);
  const wide = matchMedia("(min-width: 768px)");

  // -- toasts ---------------------------------------------------------------
  const toasts = () => find("#toasts");

  function say(template, retry) {
    all(`[data-said="${template}"]`).forEach((old) => old.remove());
    const toast = find(template).content.firstElementChild.cloneNode(true);
    toast.dataset.said = template;
    if (retry) find("[data-retry]", toast).addEventListener("click", () => { toast.remove(); retry(); });
    toasts().append(toast);
    watch(toast);
  }

  // A toast leaves after its time, but never while it is focused or pointed at.
  function watch(toast) {
    if (toast.dataset.watched) return;
    toast.dataset.watched = "1";
    let left = Number(toast.dataset.seconds || 6);
    const count = find("[data-left]", toast);
    if (find("[data-retry]", toast)) return;
    const show = () => { if (count) count.textContent = count.dataset.left.replace("{n}", left); };
    show();
    const timer = setInterval(() => {
      if (!toast.isConnected) { clearInterval(timer); return; }
      const held = !toast.dataset.seconds && (toast.matches(":hover") || toast.contains(document.activeElement));
      if (held) return;
      left -= 1;
      show();
      if (left <= 0) { clearInterval(timer); toast.remove(); }
    }, 1000);
  }

  // -- dialogs --------------------------------------------------------------
  let opener = null;

  function openDialog(dialog) {
    opener = document.activeElement;
    dialog.removeAttribute("open");
    if (dialog.showModal) dialog.showModal();
    else dialog.setAttribute("open", "");
    const first = find("[data-focus]", dialog);
    if (first) first.focus();
  }

  function closeDialog(dialog) {
    if (dialog.close && dialog.open) dialog.close();
    else dialog.removeAttribute("open");
    const holder = dialog.closest("#modal");
    if (holder) holder.replaceChildren();
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }

  on("click", (event) => {
    const open = event.target.closest("[data-open]");
    const dialog = open && document.getElementById(open.dataset.open);
    if (dialog) { event.preventDefault(); openDialog(dialog); return; }
    const inside = event.target.closest("dialog");
    const dismissed = inside && (event.target.closest("[data-close]") || (event.target === inside && outside(inside, event)));
    if (dismissed && inside.matches(":modal, [open]")) { event.preventDefault(); closeDialog(inside); }
  });

  function outside(dialog, event) {
    const box = dialog.getBoundingClientRect();
    return event.clientY < box.top || event.clientY > box.bottom || event.clientX < box.left || event.clientX > box.right;
  }

  on("cancel", (event) => {
    if (event.target.matches("dialog")) { event.preventDefault(); closeDialog(event.target); }
  }, true);

  // -- network and faults -----------------------------------------------------
  const offline = () => navigator.onLine === false;

  function showNetwork() {
    const bar = find("#offline");
    if (bar) bar.hidden = !offline();
    document.body.classList.toggle("is-offline", offline());
  }
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);

  // Drafts belong to whoever wrote them: the next person on this phone neither sees nor keeps them.
  // A draft waits for its field to be shown again; what was "sent" waits only until the next page tells how that went.
  const mine = (kind, name = "") => `${kind}:${document.body.dataset.person}:${name}`;
  const kept = (test) => Object.keys(sessionStorage).filter((key) => /^(draft|sent):/.test(key) && test(key));
  const isMine = (key) => key.startsWith(mine("draft")) || key.startsWith(mine("sent"));
  const forget = (key) => sessionStorage.removeItem(key);

  function keepDrafts(kind) {
    all("[data-draft]").forEach((field) => {
      if (field.value !== field.defaultValue) sessionStorage.setItem(mine(kind, field.dataset.draft), field.value);
    });
  }

  // Words that were being sent wait on the page that refused them; a page that went well has no need of any.
  function settleDrafts() {
    const keys = kept(isMine), place = find("#kept");
    kept((key) => !isMine(key)).forEach(forget);
    if (!document.body.matches(".app--bare")) keys.filter((key) => key.startsWith("sent:")).forEach(forget);
    else if (place && keys.length) {
      const words = keys.map((key) => sessionStorage.getItem(key)).join("\n\n");
      find("textarea", place).value = words;
      find("[data-copy]", place).dataset.copy = words;
      place.hidden = false;
    }
  }

  function restoreDrafts(root) {
    all("[data-draft]", root).forEach((field) => {
      const key = ["draft", "sent"].map((kind) => mine(kind, field.dataset.draft)).find((one) => sessionStorage.getItem(one) !== null);
      if (key) { field.value = sessionStorage.getItem(key); forget(key); }
    });
  }

  // Some events fire on the target of a swap: the element that asked stands in the request.
  const asker = (event) => (event.detail.requestConfig && event.detail.requestConfig.elt) || event.detail.elt;

  function again(source) {
    if (source.matches("form")) return source.requestSubmit ? source.requestSubmit() : source.submit();
    return source.click();
  }

  on("htmx:beforeRequest", (event) => {
    const source = asker(event);
    if (source.matches("[data-pane]") && !wide.matches) {
      event.preventDefault();
      location.assign(source.href);
      return;
    }
    if (offline()) { event.preventDefault(); free(source); say("#toast-offline"); return; }
    const row = source.matches("[data-optimistic]") && source.closest(".task, .tag");
    if (row) row.classList.add("is-leaving");
    if (source.matches("[data-pane]")) mark(source);
  });

  function mark(source) {
    all(".is-on", source.closest("main")).forEach((row) => row.classList.remove("is-on"));
    const row = source.closest(".task, .mrow");
    if (row) row.classList.add("is-on");
  }

  function failed(event, template) {
    const source = asker(event);
    free(source);
    const row = source.closest(".is-leaving");
    if (row) row.classList.remove("is-leaving");
    say(template, () => again(source));
  }
  // What is gone, or a colleague's by now, will not come back by asking again.
  function gone(event) {
    const source = asker(event);
    free(source);
    const row = source.closest(".is-leaving");
    if (row) row.classList.remove("is-leaving");
    say("#toast-gone");
  }
  on("htmx:responseError", (event) => (event.detail.xhr.status === 404 ? gone(event) : failed(event, "#toast-failed")));
  on("htmx:sendError", (event) => failed(event, "#toast-unreached"));
  on("htmx:timeout", (event) => failed(event, "#toast-unreached"));

  // The session has ended when the answer is the sign-in page; a whole page never goes into a part of one.
  on("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const login = document.body.dataset.login;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname === login) {
      event.detail.shouldSwap = false;
      keepDrafts("draft");
      location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    const whole = /^\s*<!doctype/i.test(xhr.responseText);
    const picks = asker(event).closest("[hx-select]") || event.detail.selectOverride;
    if (whole && !picks) { event.detail.shouldSwap = false; if (xhr.status < 400) failed(event, "#toast-failed"); }
  });

  // -- after a swap: dialogs open, toasts count, focus lands where reading goes on ---
  on("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    const dialog = target.id === "modal" && find("dialog", target);
    if (dialog) openDialog(dialog);
  });

  on("htmx:afterRequest", (event) => {
    const source = asker(event);
    free(source);
    const dialog = source.closest("dialog");
    const sent = event.detail.requestConfig && event.detail.requestConfig.verb !== "get";
    if (dialog && sent && event.detail.successful && source.closest("[data-closes]")) closeDialog(dialog);
    if (source.matches(".seg a") && event.detail.successful) {
      all("a", source.parentElement).forEach((one) => one.removeAttribute("aria-current"));
      source.setAttribute("aria-current", "true");
    }
  });

  // A reason whose last task is gone goes too; the numbers beside the others follow, with what is not loaded yet.
  function countTasks() {
    all("#todo section[id^=reason-]").forEach((section) => {
      const more = find(".more", section);
      const left = all(".task", section).length + (more ? Number(more.dataset.left) : 0);
      if (left) find(".sect__n", section).textContent = left;
      else section.remove();
    });
  }

  on("htmx:afterSettle", (event) => {
    const target = event.detail.elt;
    prepare(document);
    countTasks();
    if (asker(event).matches("[data-quiet]")) return;
    const lost = !document.activeElement || document.activeElement === document.body;
    if (!lost && !asker(event).matches("[data-pane]")) return;
    if (find("dialog:modal")) return;
    const place = target.isConnected ? find("[data-focus]", target) : null;
    const next = place || find(".task:not(.is-leaving) .task__name");
    if (next) next.focus({ preventScroll: true });
  });

  // -- forms: one press, one request --------------------------------------------
  function free(source) {
    const form = source.closest("form");
    if (!form) return;
    delete form.dataset.busy;
    all(".is-busy", form).forEach((button) => {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-busy");
    });
  }

  on("submit", (event) => {
    const form = event.target;
    if (offline() && form.method === "post") {
      event.preventDefault();
      event.stopImmediatePropagation();
      say("#toast-offline");
      return;
    }
    if (form.method === "post" && !form.matches("[hx-post]")) keepDrafts("sent");
    if (!form.matches("[data-once]")) return;
    if (form.dataset.busy) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.busy = "1";
    const button = event.submitter || find("button:not([type=button])", form);
    if (button) { button.classList.add("is-busy"); button.setAttribute("aria-busy", "true"); }
  }, true);
  addEventListener("pageshow", () => all("form[data-busy]").forEach(free));

  // -- clicks ---------------------------------------------------------------
  on("click", (event) => {
    const held = event.ctrlKey || event.metaKey || event.shiftKey;
    if (held && event.target.closest("a[hx-get]")) event.stopImmediatePropagation();
    const link = event.target.closest("a[href]:not([hx-get]):not([href^='#']):not([href^='tel:'])");
    if (link && offline() && !held && !event.defaultPrevented) { event.preventDefault(); say("#toast-offline"); }
  }, true);

  on("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    let it;
    if ((it = hit("[data-dismiss]"))) it.closest(".toast").remove();
    else if (hit("[data-reload]")) location.reload();
    else if ((it = hit("[data-copy]"))) navigator.clipboard.writeText(it.dataset.copy).then(() => say("#toast-copied"));
    else if ((it = hit("[data-back]")) && document.referrer.startsWith(location.origin) && history.length > 1) {
      event.preventDefault();
      history.back();
    }
    all("details.pop[open]").forEach((pop) => { if (!pop.contains(event.target) || hit(".menu a")) pop.open = false; });
  });

  // -- start ------------------------------------------------------------------
  function prepare(root) {
    all("[data-toast]", root).forEach((toast) => { if (toast.closest(".toasts")) watch(toast); });
    restoreDrafts(root);
  }

  function start() {
    prepare(document);
    if (document.body.dataset.person) settleDrafts();
    showNetwork();
    const open = find("dialog[open]");
    if (open) openDialog(open);
    const beside = find("#detail[data-first]");
    if (beside && wide.matches) {
      mark(find(".mrow__n"));
      htmx.ajax("GET", beside.dataset.first, { source: beside, target: beside, swap: "outerHTML" });
    }
    const worker = document.body.dataset.worker;
    if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker).catch(() => {});
  }
  if (document.readyState === "loading") on("DOMContentLoaded", start);
  else start();
})();
