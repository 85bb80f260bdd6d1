"use strict";

/* The editor of journeys. Everything works without this file except carrying a step elsewhere and the size of the
   canvas: here the chosen step is marked, menus close, steps are carried (by button or by hand), the canvas is sized. */
(() => {
  const page = document.getElementById("jr");
  const canvas = document.getElementById("jr-canvas");
  const way = document.getElementById("jr-way");
  if (!page || !canvas || !way) return;

  /* which step the panel is about */
  const mark = () => {
    const of = document.querySelector("#jr-panel [data-of]");
    for (const card of way.querySelectorAll("[data-at]")) {
      if (of && card.dataset.at === of.dataset.of) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
    }
  };

  /* carrying: every place between steps becomes one to put it down */
  let carried = "";
  const carry = (key) => {
    carried = key;
    canvas.classList.toggle("is-carrying", Boolean(key));
    const card = key && way.querySelector(`[data-move="${key}"]`);
    for (const other of way.querySelectorAll(".is-carried")) other.classList.remove("is-carried");
    if (card) card.classList.add("is-carried");
    const lanes = card ? card.nextElementSibling?.nextElementSibling : null;
    const own = lanes?.matches(".jlanes") ? lanes : null; // no step goes into its own lanes
    for (const place of way.querySelectorAll(".jl[data-place]")) {
      const put = place.querySelector(".jl__d");
      if (!put) continue;
      put.value = `move:${key}@${place.dataset.place}`;
      put.hidden = !key || place.dataset.place === `after.${key}` || Boolean(own?.contains(place));
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-carry]");
    if (button) {
      carry(carried === button.dataset.carry ? "" : button.dataset.carry);
      const first = way.querySelector(".jl__d:not([hidden])");
      if (first && event.detail === 0) first.focus();
    }
    for (const menu of way.querySelectorAll(".jl__a[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    carry("");
    for (const menu of way.querySelectorAll(".jl__a[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  /* where the steps are wider than the window, the line of the control group would run through them */
  const measure = () => way.classList.toggle("is-wide", canvas.scrollWidth > canvas.clientWidth + 1);
  window.addEventListener("resize", measure);
  const prepare = () => { for (const card of way.querySelectorAll("[data-move]")) card.draggable = true; measure(); };
  way.addEventListener("dragstart", (event) => {
    const card = event.target.closest("[data-move]");
    if (!card) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.move);
    setTimeout(() => carry(card.dataset.move));
  });
  way.addEventListener("dragend", () => carry(""));
  const placeOf = (event) => event.target.closest(".jl[data-place]")?.querySelector(".jl__d:not([hidden])");
  way.addEventListener("dragover", (event) => {
    for (const over of way.querySelectorAll(".is-over")) over.classList.remove("is-over");
    const put = carried && placeOf(event);
    if (put) { event.preventDefault(); put.classList.add("is-over"); }
  });
  way.addEventListener("drop", (event) => {
    const put = carried && placeOf(event);
    if (put) { event.preventDefault(); put.click(); }
  });

  /* size */
  const zoom = document.querySelector(".jzoom");
  const shown = document.getElementById("jr-size");
  let size = Number(sessionStorage.getItem("journey-size")) || 100;
  const resize = (to) => {
    size = Math.max(40, Math.min(120, Math.round(to / 5) * 5));
    way.style.zoom = size / 100;
    shown.textContent = `${size}%`;
    sessionStorage.setItem("journey-size", size);
    measure();
  };
  if (zoom && "zoom" in way.style) {
    zoom.hidden = false;
    zoom.addEventListener("click", (event) => {
      const by = event.target.closest("[data-zoom]")?.dataset.zoom;
      if (by === "fit") resize((100 * canvas.clientWidth) / (way.firstElementChild.offsetWidth + 48));
      else if (by) resize(size + Number(by));
    });
    resize(size);
  }

  /* what was entered and not kept is not lost by a stray click */
  let dirty = false;
  document.addEventListener("input", (event) => { if (event.target.closest("#jr-panel")) dirty = true; });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const { target, requestConfig } = event.detail;
    if (!dirty || target?.id !== "jr-panel" || requestConfig.verb !== "get") return;
    if (window.confirm(page.dataset.unsaved)) dirty = false;
    else event.preventDefault();
  });

  /* an answer that never came is said, not swallowed; numbers simply come with the next one */
  const failed = (event) => {
    if (event.detail.elt?.id === "jr-asof") return;
    const note = document.createElement("p");
    note.className = "jr-note jr-note--bad";
    note.setAttribute("role", "alert");
    note.textContent = page.dataset.failed;
    document.getElementById("jr-said").replaceChildren(note);
  };
  for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.body.addEventListener(kind, failed);

  /* after every answer */
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const id = event.detail.target?.id;
    if (id === "jr-way" || event.detail.requestConfig?.verb === "get") dirty = false;
    if (id === "jr-way") { prepare(); carry(""); mark(); document.querySelector("#jr-panel h2")?.focus({ preventScroll: true }); }
    if (id === "jr-panel") { carry(""); mark(); }
  });
  prepare();
  mark();
  /* the beginning in the middle, and from there no farther than the chosen step asks for */
  canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;
  way.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
})();
