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
addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button[data-once]")) setTimeout(() => { button.disabled = true; }, 0);
});
// Back from the payment page the browser may show the page as it was left: the button must work again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-once]")) button.disabled = false;
});

// Waiting for the bank, or for the passes: asks for what is awaited (no content: not yet) and puts in what has changed.
// The page is never loaded anew, which would take a screen reader back to its top; what is said stands in live regions.
const ASK_EACH_MS = 1500, ASK_FOR_MS = 180_000, ANSWER_WITHIN_MS = 10_000;

const ask = async (address) => {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout?.(ANSWER_WITHIN_MS) });
    return answer.status === 200 ? await answer.text() : null;
  } catch {
    return null; // no network just now
  }
};

const putIn = (text) => {
  const next = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const news = next.getElementById(part.id);
    if (!news) { location.reload(); return; }
    if (news.innerHTML === part.innerHTML) continue;
    const wasIn = part.contains(document.activeElement);
    part.replaceChildren(...news.childNodes);
    const head = wasIn && part.querySelector("h1, p");
    if (head) { head.tabIndex = -1; head.focus(); }
  }
  wait();
};

const wait = async () => {
  const place = document.querySelector("[data-again]");
  if (!place) return;
  const said = place.parentElement.querySelector("[data-by-itself]"), end = performance.now() + ASK_FOR_MS;
  const show = (asks) => { said.hidden = !asks; place.hidden = asks; };
  show(true);
  for (let turn = 1; performance.now() < end; turn += 1) {
    const next = performance.now() + ASK_EACH_MS;
    const text = await ask(`${place.dataset.again}&back=${turn}`);
    if (text !== null) { putIn(text); return; }
    await new Promise((go) => setTimeout(go, Math.max(250, next - performance.now())));
  }
  show(false);
};
wait();
