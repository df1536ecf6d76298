// Keeps a list fresh while it is looked at, and offers to print what is for paper; pages work without it.
"use strict";

const EVERY_MS = 3000;
const live = document.getElementById("live");

async function poll(address, known) {
  const answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
  if (answer.status === 401) location.reload(); // signed out meanwhile: the page leads to the sign-in
  if (!answer.ok) throw new Error(String(answer.status));
  // The browser turns "not modified" into the answer it has: the tag says whether anything is new.
  const tag = answer.headers.get("ETag");
  if (tag !== known) await renew();
  return tag;
}

async function renew() {
  const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (fresh !== null) live.replaceChildren(...fresh.childNodes);
}

async function keepFresh(address) {
  let known = null;
  for (;;) {
    if (!document.hidden) {
      try { known = await poll(address, known); } catch (fault) { console.warn("not refreshed", fault); }
    }
    await new Promise((done) => setTimeout(done, EVERY_MS));
  }
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

if (live !== null && live.dataset.poll) keepFresh(live.dataset.poll);
