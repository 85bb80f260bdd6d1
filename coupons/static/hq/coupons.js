"use strict";

/* The editor of a coupon shows the fields of the chosen kind. Without this script it shows all. */
document.addEventListener("DOMContentLoaded", () => {
  const data = document.getElementById("coupon-kinds");
  const kind = document.getElementById("id_kind");
  if (!data || !kind) return;
  const fields = JSON.parse(data.textContent);
  const owned = [...new Set(Object.values(fields).flat())];
  const show = () => {
    for (const name of owned) {
      const line = document.querySelector(`.field-line.field-${name}`);
      if (line) line.hidden = !(fields[kind.value] || []).includes(name);
    }
  };
  kind.addEventListener("change", show);
  show();
});
