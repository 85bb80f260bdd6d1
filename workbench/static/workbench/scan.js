// Reads a member's code with the camera, where the browser has BarcodeDetector; elsewhere the field is what there is.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const EVERY = 250;
  let stream = null;
  let last = "";

  function says(what) {
    const place = find("#scan-says");
    place.querySelector("span").textContent = place.dataset[what];
    place.classList.toggle("note--warn", what !== "looking");
  }

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    find("#camera").hidden = true;
  }

  // What was read goes the way of what is typed. The same code is not sent twice while it stays in view.
  function take(text) {
    if (!text || text === last) return;
    last = text;
    if (navigator.vibrate) navigator.vibrate(40);
    find("#code").value = text;
    find("#scan").requestSubmit();
  }

  async function look(detector, film) {
    if (!stream) return;
    try {
      const found = await detector.detect(film);
      if (found.length) take(found[0].rawValue.trim());
    } catch (fault) { /* a frame that is not ready yet */ }
    setTimeout(look, EVERY, detector, film);
  }

  async function readable() {
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return false;
    const formats = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
    return formats.includes("qr_code");
  }

  async function start() {
    if (stream || !find("#camera")) return;
    if (!(await readable())) { says("none"); find("#code").focus(); return; }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch (fault) { says("denied"); find("#code").focus(); return; }
    const film = find(".scan__film");
    film.srcObject = stream;
    find("#camera").hidden = false;
    film.play().catch(() => {}); // reading begins with the first picture, whenever that comes
    says("looking");
    look(new window.BarcodeDetector({ formats: ["qr_code"] }), film);
  }

  // After an answer the next code may be read, the same one too when it was refused long enough ago.
  document.addEventListener("htmx:afterRequest", () => setTimeout(() => { last = ""; }, 3000));
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else start(); });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
})();
