"use strict";

/* The editor of a message: a tap puts a variable where the cursor is; only channels with a title show its field.
   Without this script every field is shown and variables are typed. */
document.addEventListener("DOMContentLoaded", () => {
  const text = document.getElementById("id_text");
  let last = text;
  for (const id of ["id_text", "id_subject"]) {
    document.getElementById(id)?.addEventListener("focus", (event) => { last = event.target; });
  }
  document.addEventListener("click", (event) => {
    const chip = event.target.closest(".msg-chip");
    if (!chip || !last) return;
    last.setRangeText(chip.dataset.put, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const channel = document.getElementById("id_channel");
  const line = document.querySelector(".field-line.field-subject");
  if (!channel || !line) return;
  const show = () => { line.hidden = !["inbox", "email"].includes(channel.value); };
  channel.addEventListener("change", show);
  show();
});
