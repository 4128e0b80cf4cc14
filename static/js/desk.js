// The desk works without this file. It keeps boards fresh, clocks moving, typed text safe and hands on the keyboard.
// One file on purpose: one request, no chain of imports.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const MINUTE = 60_000;

// Clocks and countdowns follow the server's time, which the top bar carries.

const shown = $("[data-clock]");
const offset = shown ? Date.parse(shown.dateTime) - Date.now() : 0;
const now = () => Date.now() + offset;

function span(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / MINUTE);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts = days ? [[days, "d"], [hours, "h"]] : [[hours, "h"], [rest, "min"]];
  return parts.filter(([number]) => number).map((part) => part.join(" ")).join(" ") || "under 1 min";
}

function tick() {
  for (const element of $$("[data-until]")) {
    const left = Date.parse(element.dataset.until) - Math.floor(now() / MINUTE) * MINUTE; // as a reader of the clock counts
    write(element, left > 0 ? `in ${span(left)}` : `${span(left)} over`);
  }
  for (const element of $$("[data-since]")) write(element, span(now() - Date.parse(element.dataset.since)));
  for (const element of $$("[data-clock]")) write(element, clockFace(element));
}

// The server names the zone, as everywhere on the desk ("PST"); the browser's own name ("GMT-8") tells when that has changed.
function clockFace(element) {
  const zone = element.dataset.clock || "UTC";
  if (zone === "UTC" && !element.dateTime) return "";
  if (element.dateTime) element.dateTime = new Date(now()).toISOString().slice(0, 19) + "Z";
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).formatToParts(now());
  const { hour, minute, timeZoneName: here } = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  element.dataset.here ||= here;
  element.dataset.letters ||= element.textContent.trim().slice(6);
  return `${hour}:${minute} ${here === element.dataset.here ? element.dataset.letters : here}`;
}

const write = (element, text) => element.textContent === text || (element.textContent = text);

function tickEachMinute() {
  tick();
  setTimeout(tickEachMinute, MINUTE - (now() % MINUTE) + 50);
}

// Announcements: one polite region, there since the page loaded, spoken to at most once in 15 seconds.

const waiting = new Set();
let speaking = 0;

function announce(text) {
  waiting.add(text);
  if (!speaking) speak();
}

function speak() {
  speaking = 0;
  const announcer = $("#announcer");
  if (!announcer || !waiting.size) return;
  announcer.textContent = [...waiting].join(". ");
  waiting.clear();
  speaking = setTimeout(speak, 15_000);
}

// A page that came back with a problem opens at the problem, and its links lead into the fields.

function showProblem(root) {
  const problem = $("[data-problem], #refusal", root);
  if (problem) problem.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-problem] a, #refusal a");
  const field = link?.hash && link.pathname === location.pathname && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
});

// What could not be opened in its place is opened as a page, which says what is wrong.

for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(trouble, (event) => event.target.href && location.assign(event.target.href));
}

// A form goes once. Its buttons rest while it is on the way; after the browser's own submit, so that the pressed one is sent.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || event.defaultPrevented && !form.matches("[hx-post]")) return;
  if (form.dataset.flying) return event.preventDefault();
  form.dataset.flying = "1";
  setTimeout(() => rest(form, true));
});
document.addEventListener("htmx:afterRequest", (event) => rest(event.target.closest("form"), false));
addEventListener("pageshow", () => $$("form[data-flying]").forEach((form) => rest(form, false)));

function rest(form, resting) {
  if (!form) return;
  if (!resting) delete form.dataset.flying;
  for (const button of form.elements) if (button.type === "submit") button.disabled = resting;
}

// How a typed time is understood, while it is typed. The form says the same after sending, so this may fail in silence.

let asking;
document.addEventListener("input", (event) => {
  const input = event.target.closest("input[data-moment]");
  if (!input) return;
  clearTimeout(asking);
  asking = setTimeout(() => understand(input), 250);
});

async function understand(input) {
  const output = document.getElementById(input.dataset.moment);
  const text = input.value.trim();
  if (!text) return (output.hidden = true);
  const query = new URLSearchParams({ text, zone: input.dataset.zone, side: input.dataset.side || "" });
  const response = await fetch(`/desk/moment/?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!response || ![200, 422].includes(response.status) || response.redirected || input.value.trim() !== text) return;
  const said = await response.json();
  $("[data-reading]", output).textContent = said.reading || said.sentence;
  output.classList.toggle("not", !said.reading);
  output.hidden = false;
  $("[data-seen]", input.closest(".field")).value = said.seen || "";
}

// Keyboard: g and a letter goes to a room, n and u act on the incident in view, ? lists. Nothing here publishes.

const SWITCH = "shortcuts";
let going = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || localStorage.getItem(SWITCH) === "off") return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  if (event.key === "?") return openShortcuts(event);
  const wentFirst = Date.now() - going < 1500;
  going = event.key === "g" ? Date.now() : 0;
  const key = CSS.escape(event.key);
  const link = $(wentFirst ? `a[data-go="${key}"]` : `[data-key="${key}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});

function openShortcuts(event) {
  event?.preventDefault();
  const dialog = $("#shortcuts");
  if (!dialog) return;
  $("[data-shortcuts-on]", dialog).checked = localStorage.getItem(SWITCH) !== "off";
  dialog.showModal();
}

for (const button of $$("[data-shortcuts]")) {
  button.hidden = false;
  button.addEventListener("click", openShortcuts);
}
$("[data-shortcuts-on]")?.addEventListener("change", (event) => {
  if (event.target.checked) localStorage.removeItem(SWITCH);
  else localStorage.setItem(SWITCH, "off");
});

// Menus close when one looks elsewhere.

document.addEventListener("click", (event) => {
  for (const menu of $$(".account[open], .phonemenu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && $(".account[open], .phonemenu[open]");
  if (!menu) return;
  menu.open = false;
  $("summary", menu).focus();
});

// Boards that stay fresh: `<div id data-poll hx-get="…?rev=41" hx-trigger="refresh" hx-swap="outerHTML">`.
// The server answers 204 when revision 41 is still current, else with the element again and its new address.
// `data-said` on the element is the one sentence that is announced when it changes.

const EVERY = 5_000;
const STALE = 3 * EVERY;

let freshAt = Date.now();
let watchedSince = Date.now();

function startPolling() {
  if (!$("[data-poll]")) return;
  const before = new Map();

  const poll = () => document.hidden || $$("[data-poll]").forEach((board) => window.htmx?.trigger(board, "refresh"));
  setInterval(poll, EVERY);
  setInterval(showAge, 1_000);
  document.addEventListener("visibilitychange", () => {
    watchedSince = Date.now();
    poll();
  });

  // One request at a time: a slow answer is waited for, up to the ten seconds of htmx's own limit.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const board = event.target.matches("[data-poll]") ? event.target : null;
    if (board?.dataset.asking) return event.preventDefault();
    if (board) board.dataset.asking = "1";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.matches("[data-poll]")) return;
    delete event.target.dataset.asking;
    if (event.detail.successful) freshAt = Date.now();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const board = event.detail.target;
    if (!board.matches("[data-poll]") || event.target !== board) return;
    if (isInUse(board)) event.detail.shouldSwap = false;
    else before.set(board.id, remember(board));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const board = event.target.matches("[data-poll]") ? event.target : null;
    const was = board && before.get(board.id);
    if (!was) return;
    before.delete(board.id);
    restore(board, was);
    if (board.dataset.said && board.dataset.said !== was.said) announce(board.dataset.said);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-poll] form");
    if (form) form.dataset.edited = "1";
  });
}

// Never pull a form, an open menu or a selection from under somebody's hands.
function isInUse(board) {
  const active = board.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  const selection = getSelection();
  const selected = selection && !selection.isCollapsed && selection.containsNode(board, true);
  const edited = $$("form[data-edited]", board).some((form) => !form.closest("[hx-preserve]")); // htmx carries those over
  return active || selected || edited || Boolean(board.querySelector("dialog[open]"));
}

function remember(board) {
  return {
    said: board.dataset.said,
    focus: board.contains(document.activeElement) ? selectorOf(document.activeElement) : null,
    open: [...board.querySelectorAll("details[id][open]")].map((details) => details.id),
    rows: new Map([...board.querySelectorAll("[id]")].map((row) => [row.id, words(row)])),
  };
}

function restore(board, before) {
  for (const id of before.open) board.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  if (before.focus) board.querySelector(before.focus)?.focus({ preventScroll: true });
  for (const row of board.querySelectorAll("tr[id], li[id]")) {
    row.classList.toggle("changed", before.rows.get(row.id) !== words(row));
  }
}

// What a row says, leaving out what only counts time.
function words(row) {
  const copy = row.cloneNode(true);
  copy.querySelectorAll("[data-until], [data-since]").forEach((ticking) => ticking.remove());
  return copy.textContent.replace(/\s+/g, " ");
}

function selectorOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.hasAttribute("href")) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  return element.name ? `[name="${CSS.escape(element.name)}"]` : null;
}

// Says how old the page is, whether or not anything still polls.
function showAge() {
  const strip = document.getElementById("stale");
  if (!strip) return;
  const stale = !document.hidden && Date.now() - Math.max(freshAt, watchedSince) > STALE;
  document.body.classList.toggle("is-stale", stale);
  strip.hidden = !stale;
  if (!stale) return;
  const seconds = Math.round((Date.now() - freshAt) / 1_000);
  const showing = new Date(now() - seconds * 1_000).toISOString().slice(11, 19);
  strip.textContent = `Not updated for ${seconds} s. Showing ${showing} UTC. Trying again.`;
}

// What was typed into `<form data-keep="name">` and did not arrive stays in this browser for a day and is offered back.
// A form that was sent is forgotten when the desk answers with a redirect to a page without a problem. An error page, the
// sign-in page, a fresh visit and the browser's own Back are no such answer.

const PREFIX = "kept:";
const DAY = 24 * 60 * 60 * 1_000;

function startKeeping() {
  const records = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  for (const key of records) settle(key);
  $$("form[data-keep]").forEach(offer);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (form) keep(form, false);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-keep]")) keep(event.target, true);
    if (event.target.matches("form[data-forget]")) forgetAll();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-keep]");
    if (form && event.detail.successful) localStorage.removeItem(keyOf(form));
    else if (form) keep(form, false);
  });
  const note = $("[data-kept-note]");
  if (note) note.hidden = !Object.keys(localStorage).some((key) => key.startsWith(PREFIX));
}

const keyOf = (form) => PREFIX + form.dataset.keep;

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function settle(key) {
  const record = kept(key);
  if (!record || Date.now() - record.at > DAY) return localStorage.removeItem(key);
  if (!record.sent) return;
  const came = performance.getEntriesByType("navigation")[0];
  const answered = $(".shell") && !$("[data-problem], #refusal");
  if (answered && came?.type === "navigate" && came.redirectCount) localStorage.removeItem(key);
  else localStorage.setItem(key, JSON.stringify({ ...record, sent: false }));
}

function keep(form, sent) {
  const values = fields(form).map((field) => [field.name, field.value, field.checked]);
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), sent, values }));
  } catch {
    // The browser keeps nothing, or has no room left: the form still works.
  }
}

// Passwords, tokens and files are never kept.
function fields(form) {
  return [...form.elements].filter((field) => field.name && field.matches("textarea, select, input:not([type=hidden], [type=password], [type=file])"));
}

function offer(form) {
  const record = kept(keyOf(form));
  const differs = record?.values.some(([name, value, checked]) => {
    const field = find(form, name, value);
    return field && (isTick(field) ? field.checked !== checked : field.value !== value);
  });
  if (!differs) return;
  const at = new Date(record.at).toISOString().slice(11, 16);
  const strip = document.createElement("p");
  strip.className = "flash no-print";
  strip.append(made("span", `What you typed here at ${at} UTC was not sent. This browser still has it.`));
  strip.append(button("Put it back", () => putBack(form, record, strip)));
  strip.append(button("Forget it", () => forget(form, strip)));
  form.prepend(strip);
  form.closest("details")?.setAttribute("open", "");
}

const isTick = (field) => field.type === "checkbox" || field.type === "radio";

function find(form, name, value) {
  const named = fields(form).filter((field) => field.name === name);
  return named.find((field) => isTick(field) && field.value === value) || named.find((field) => !isTick(field));
}

function putBack(form, record, strip) {
  for (const [name, value, checked] of record.values) {
    const field = find(form, name, value);
    if (!field) continue;
    if (isTick(field)) field.checked = checked;
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  strip.remove();
  fields(form)[0]?.focus();
}

function forget(form, strip) {
  localStorage.removeItem(keyOf(form));
  strip.remove();
}

// Whoever signs out leaves nothing behind for the next person at this machine.
function forgetAll() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}

function made(tag, said) {
  const element = document.createElement(tag);
  element.textContent = said;
  return element;
}

function button(said, act) {
  const element = made("button", said);
  element.type = "button";
  element.className = "btn btn-quiet btn-small";
  element.addEventListener("click", act);
  return element;
}

// Begin

document.addEventListener("htmx:afterSwap", (event) => {
  tick();
  if (!event.target.matches("[data-poll]")) showProblem(event.target);
});
showProblem(document);
for (const flash of $$(".flashes .flash")) setTimeout(announce, 500, flash.textContent.trim());
tickEachMinute();
startPolling();
startKeeping();
