// Small helps inside forms: words put into the message, showing the password, choosing several members, counting
// characters, narrowing a list, and the keys of the tag suggestions.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, handler) => document.addEventListener(name, handler);

  on("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    let it;
    if ((it = hit("[data-insert]"))) insert(document.getElementById(it.dataset.insert), it.textContent.trim());
    else if ((it = hit("[data-show]"))) reveal(it);
    else if (hit("[data-select-all]")) tickAll();
    else if ((it = hit("[data-dials]"))) window.htmx.trigger(document.getElementById(it.dataset.dials), "dialled");
  });

  function insert(field, words) {
    field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  function reveal(button) {
    const field = document.getElementById(button.dataset.show);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  }

  // -- selection, counting, narrowing ---------------------------------------------
  const boxes = () => all(".mrow__ck input");

  function tickAll() {
    const every = boxes().every((box) => box.checked);
    boxes().forEach((box) => { box.checked = !every; });
    showTicked();
  }

  function showTicked() {
    const count = boxes().filter((box) => box.checked).length;
    boxes().forEach((box) => box.closest(".mrow").classList.toggle("is-sel", box.checked));
    all("[data-selected]").forEach((place) => { place.textContent = place.dataset.selected.replace("{n}", String(count)); });
    const mute = boxes().filter((box) => box.checked && "mute" in box.dataset).length;
    all("[data-muted]").forEach((place) => {
      place.hidden = mute === 0;
      place.textContent = place.dataset.muted.replace("{n}", String(mute));
    });
    all("[data-selection] button").forEach((button) => { button.disabled = count === 0; });
  }

  on("change", (event) => {
    if (event.target.closest(".mrow__ck")) showTicked();
    const picked = event.target.closest(".cpn--pick");
    if (picked) all(".cpn--pick").forEach((card) => card.classList.toggle("is-on", card === picked));
  });

  on("input", (event) => {
    const field = event.target;
    if (field.dataset.count) document.getElementById(field.dataset.count).textContent = `${field.value.length}/${field.maxLength}`;
    if (field.dataset.narrow) {
      const words = field.value.trim().toLowerCase();
      all(".pick", document.getElementById(field.dataset.narrow)).forEach((pick) => {
        pick.hidden = !pick.textContent.toLowerCase().includes(words);
      });
    }
  });

  // Enter takes the first suggestion; the arrows walk through them.
  on("keydown", (event) => {
    const box = event.target.closest("[data-options]") || event.target.closest(".suggest");
    if (!box) return;
    const list = box.dataset.options ? document.getElementById(box.dataset.options) : box;
    const options = all("button", list);
    const at = options.indexOf(event.target);
    if (event.key === "Enter" && at < 0) { event.preventDefault(); if (options[0]) options[0].click(); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) { event.preventDefault(); (options[at + step] || find("[data-options]")).focus(); }
  });

  function start() {
    all("[data-show]").forEach((button) => { button.hidden = false; });
    showTicked();
  }
  on("htmx:afterSettle", showTicked);
  if (document.readyState === "loading") on("DOMContentLoaded", start);
  else start();
})();
