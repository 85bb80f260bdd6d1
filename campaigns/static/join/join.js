// What a browser can do more on the pages of signing up; all of them work without it.
(() => {
  "use strict";
  const near = document.getElementById("near");
  if (near && navigator.geolocation) {
    near.hidden = false;
    let known = false;
    near.addEventListener("click", (event) => {
      if (known) return;
      event.preventDefault();
      navigator.geolocation.getCurrentPosition((found) => {
        document.getElementById("latitude").value = found.coords.latitude.toFixed(4);
        document.getElementById("longitude").value = found.coords.longitude.toFixed(4);
        known = true;
        near.click();
      }, () => { near.hidden = true; }, { timeout: 8000, maximumAge: 300000 });
    });
  }
  if (document.querySelector("[data-wait]")) {
    setInterval(() => { if (!document.hidden) fetch(location.href).then((answer) => answer.text()).then((text) => { if (!text.includes("data-wait")) location.reload(); }).catch(() => {}); }, 5000);
  }
  // Whoever comes back to the answer to a form sees the page anew, not the browser's question whether to send it again.
  history.replaceState(history.state, "", location.href);
  // One press, one request; whoever comes back to the page may press again.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.busy) event.preventDefault();
    event.target.dataset.busy = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach((form) => { delete form.dataset.busy; }));
  const print = document.querySelector("[data-print]");
  if (print) { print.hidden = false; print.addEventListener("click", () => window.print()); }
})();
