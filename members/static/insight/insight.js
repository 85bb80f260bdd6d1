/* Printing: the tables are opened first, so that they stand on the paper. Everything else works without this file. */
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-print]")) return;
  document.querySelectorAll("#insight details").forEach((fold) => { fold.open = true; });
  window.print();
});
