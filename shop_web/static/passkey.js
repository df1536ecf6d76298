// Passkeys. Without this script, or in a browser that makes none, these forms stay hidden and the other ways in are there.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const known = (all) => (all ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

// What the server asks for has bytes as text.
const options = (asked) => ({
  ...asked,
  challenge: bytes(asked.challenge),
  ...(asked.user && { user: { ...asked.user, id: bytes(asked.user.id) } }),
  ...(asked.excludeCredentials && { excludeCredentials: known(asked.excludeCredentials) }),
  ...(asked.allowCredentials && { allowCredentials: known(asked.allowCredentials) }),
});

const answer = ({ rawId, response }) => {
  const said = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) said[name] = text(response[name]);
  }
  return JSON.stringify({ id: text(rawId), response: said });
};

const run = async (form) => {
  const asked = await fetch(form.dataset.ask, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  // No longer signed in, or too long ago: the page itself says what to do.
  if (asked.status === 403) return location.reload();
  if (!asked.ok) throw new Error("busy");
  const publicKey = options(await asked.json());
  const make = form.dataset.passkey === "add";
  const made = await (make ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
  form.elements.answer.value = answer(made);
  form.submit();
};

const sentence = (said, fault) =>
  fault.name === "InvalidStateError" ? said.known : fault.name === "NotAllowedError" ? said.cancelled : said.busy;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || location.origin !== form.dataset.origin) continue;
  form.hidden = false;
  const place = form.querySelector("[role=status]");
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    place.textContent = "";
    try {
      await run(form);
    } catch (fault) {
      place.textContent = sentence(place.dataset, fault);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}
