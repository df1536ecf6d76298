// Makes waiting nicer; the shop works without it.
"use strict";

// Told once, two minutes before the end, to who cannot see the colour change; and at the end.
const warn = (timer, left) => {
  const place = timer?.querySelector("[data-warning]");
  if (!place) return;
  timer.classList.toggle("soon", left < 120);
  const text = left === 0 ? timer.dataset.over : left < 120 ? place.dataset.warning : "";
  if (place.textContent !== text) place.textContent = text;
};

// Counts a reservation down by the server's clock: the page carries its time, so a wrong clock here does not matter.
for (const place of document.querySelectorAll("[data-until]")) {
  const end = performance.now() + Number(place.dataset.until) - Number(place.dataset.now);
  const tick = () => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    place.textContent = place.dataset.left.replace("{}", text);
    warn(place.closest(".timer"), left);
    if (left > 0) setTimeout(tick, 1000);
  };
  tick();
}

// A pay button is pressed once; the server takes the second press for the first anyway.
for (const button of document.querySelectorAll("button[data-once]")) {
  button.form?.addEventListener("submit", () => setTimeout(() => { button.disabled = true; }, 0));
}
// Back from the payment page the browser may show the page as it was left: the button must work again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-once]")) button.disabled = false;
});
