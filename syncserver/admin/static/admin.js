// Keeps a page fresh while it is looked at, and offers to print what is for paper; pages work without it.
"use strict";

const ANSWER_WITHIN_MS = 10_000;
const FAILURES_TOLD = 2; // one answer that is late is no news
const live = document.getElementById("live"), told = document.getElementById("told");

const get = (address) => fetch(address, {
  credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout?.(ANSWER_WITHIN_MS),
});

// Signed out meanwhile: the page itself leads to the sign-in.
const isElsewhere = (answer) => answer.status === 401 || answer.type === "opaqueredirect";

const keyOf = (node) => node.id || node.dataset?.key || "";

const patchAttributes = (old, fresh) => {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
};

// What differs is put in; what stays is the very same node, so focus, selection and the place one reads stay too.
const patch = (old, fresh) => {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = fresh.nodeValue; return; }
  patchAttributes(old, fresh);
  const known = new Map([...old.children].map((node) => [keyOf(node), node]));
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const key = keyOf(next);
    const same = key ? known.get(key) : at !== null && at.nodeName === next.nodeName && !keyOf(at) ? at : null;
    if (!same) { old.insertBefore(next, at); continue; }
    while (key && at !== same && at !== null && !stillIn(fresh, at)) at = dropped(at);
    if (at === same) at = at.nextSibling; else old.insertBefore(same, at);
    patch(same, next);
  }
  while (at !== null) at = dropped(at);
};

const dropped = (node) => { const next = node.nextSibling; node.remove(); return next; };
const stillIn = (parent, node) => keyOf(node) && [...parent.children].some((one) => keyOf(one) === keyOf(node));

// What is worth a word to who cannot see it: rows that came, or a part that a person watches and that reads otherwise.
const newsOf = (fresh) => {
  const known = new Set([...live.querySelectorAll("[data-row]")].map(keyOf));
  const came = [...fresh.querySelectorAll("[data-row]")].filter((row) => !known.has(keyOf(row))).length;
  if (came) return told.dataset.came.replace("{}", came);
  const reads = (page) => page.querySelector("[data-watched]")?.textContent.replace(/\s+/g, " ");
  return reads(live) !== reads(fresh) ? told.dataset.changed : "";
};

const renew = async () => {
  const answer = await get(location.href);
  if (isElsewhere(answer)) location.reload();
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live"), asOf = page.getElementById("as-of");
  if (fresh === null) return;
  const news = newsOf(fresh);
  patch(live, document.importNode(fresh, true));
  if (asOf !== null) patch(document.getElementById("as-of"), document.importNode(asOf, true));
  if (news && told.textContent !== news) told.textContent = news;
};

// Lists ask first whether anything is new, which costs the server little: the tag of the answer says so.
const poll = async (address, known) => {
  if (!address) { await renew(); return null; }
  const answer = await get(address);
  if (isElsewhere(answer)) location.reload();
  if (!answer.ok) throw new Error(String(answer.status));
  const tag = answer.headers.get("ETag");
  if (tag !== known) await renew();
  return tag;
};

const keepFresh = async (address, everyMs) => {
  const stale = document.getElementById("stale");
  let known = null, failures = 0;
  for (;;) {
    await new Promise((done) => setTimeout(done, everyMs));
    if (document.hidden) continue;
    try {
      known = await poll(address, known);
      failures = 0;
    } catch (fault) {
      failures += 1;
      console.warn("not refreshed", fault);
    }
    if (stale.hidden === (failures >= FAILURES_TOLD)) stale.hidden = failures < FAILURES_TOLD;
  }
};

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

if (live?.dataset.every) {
  for (const place of document.querySelectorAll("[data-scripted]")) place.hidden = false;
  keepFresh(live.dataset.poll ?? "", Number(live.dataset.every) * 1000);
}
