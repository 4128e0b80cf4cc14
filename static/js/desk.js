// The desk works without this file. It keeps boards fresh, clocks moving and hands on the keyboard. Beside it, kept.js keeps
// typed text safe. Few files on purpose: few requests, no chain of imports.

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

// A link to a line that the short list leaves out (`#fact-12`) finds it in the whole one.

const sought = /^#(fact|entry)-\d+$/.exec(location.hash);
const wholeList = sought && !document.getElementById(sought[0].slice(1)) && $(`a[data-whole="${sought[1]}"]`);
if (wholeList) location.replace(wholeList.search + sought[0]);

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

// What could not be opened in its place is opened as a page, which says what is wrong. A form that did not arrive says so.

for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(trouble, (event) => {
    if (event.target.href) location.assign(event.target.href);
    else if (event.target.matches("form")) sayNotSent(event.target, event.detail.xhr?.status);
  });
}

function sayNotSent(form, status) {
  $(".problem.not-sent", form)?.remove();
  const problem = document.createElement("div");
  problem.className = "problem not-sent";
  problem.tabIndex = -1;
  problem.setAttribute("role", "alert");
  const heading = document.createElement("h2");
  heading.textContent = "This was not sent";
  const words = document.createElement("p");
  const why = status ? `The desk could not take it (answer ${status}).` : "The desk did not answer.";
  words.textContent = `${why} What you typed is still here, and kept in this browser for a day. Try again in a moment.`;
  problem.append(heading, words);
  form.prepend(problem);
  problem.focus();
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

// The draft check reads along (`#reading`, asked for by htmx while somebody types). It waits while its own part is in use, and
// says aloud only what has changed. A click on what it found selects the words in their field, wherever they have moved to.

document.addEventListener("htmx:beforeSwap", (event) => {
  const reading = event.detail.target;
  if (reading.id !== "reading") return;
  const reasons = $$("textarea", reading).some((field) => field.value);
  if (reasons || reading.contains(document.activeElement)) event.detail.shouldSwap = false;
  else saidOfWords = reading.dataset.said;
});
document.addEventListener("htmx:afterSettle", () => {
  const said = $("#reading")?.dataset.said;
  if (said && saidOfWords && said !== saidOfWords) announce(said);
  saidOfWords = "";
});
let saidOfWords = "";

document.addEventListener("click", (event) => {
  const found = event.target.closest("[data-find]");
  const marks = found?.closest(".marks");
  const field = found && document.getElementById(marks ? marks.id.replace("marks-", "id_") : found.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  let at = field.value.indexOf(found.dataset.find);
  for (let left = Number(found.dataset.nth); left > 0 && at >= 0; left -= 1) at = field.value.indexOf(found.dataset.find, at + 1);
  field.focus();
  if (at >= 0) field.setSelectionRange(at, at + found.dataset.find.length);
});

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
// `data-said` on the element is the one sentence that is announced when it changes. Nothing in it counts time.

const EVERY = 5_000;
const STALE = 3 * EVERY;
const GRACE = 2_000; // somebody who comes back first sees the answer to the poll that starts then

let freshAt = Date.now();
let watchedSince = 0;
let held = false; // something new has come, and waits until nobody is in the middle of something

// Nobody looks: nothing is asked.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches("[data-poll], [hx-trigger^=every]")) event.preventDefault();
});

function startPolling() {
  if (!$("[data-poll]")) return;
  const before = new Map();

  const poll = () => document.hidden || $$("[data-poll]").forEach((board) => window.htmx?.trigger(board, "refresh"));
  const pollOnReturn = () => {
    watchedSince = Date.now();
    poll();
  };
  setInterval(poll, EVERY);
  setInterval(showAge, 1_000);
  document.addEventListener("visibilitychange", pollOnReturn);
  addEventListener("pageshow", (event) => event.persisted && pollOnReturn());

  // One request at a time: a slow answer is waited for, up to the ten seconds of htmx's own limit.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const board = event.target.matches("[data-poll]") ? event.target : null;
    if (board?.dataset.asking) return event.preventDefault();
    if (board) board.dataset.asking = "1";
    if (board) held = false;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.matches("[data-poll]")) return;
    delete event.target.dataset.asking;
    if (event.detail.successful && !held) freshAt = Date.now();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const board = event.detail.target;
    if (!board.matches("[data-poll]") || event.target !== board) return;
    held = isInUse(board);
    if (held) event.detail.shouldSwap = false;
    else before.set(board.id, remember(board));
  });
  // Hands first, before the next key can be lost. Attributes after htmx has settled them, or it would take them back.
  document.addEventListener("htmx:afterSwap", (event) => {
    const was = event.target.matches("[data-poll]") && before.get(event.target.id);
    if (was) restoreHands(event.target, was);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const board = event.target.matches("[data-poll]") ? event.target : null;
    const was = board && before.get(board.id);
    if (!was) return;
    before.delete(board.id);
    restoreMarks(board, was);
    if (board.dataset.said && board.dataset.said !== was.said) announce(board.dataset.said);
  });
  for (const kind of ["compositionstart", "compositionend"]) {
    document.addEventListener(kind, () => (composing = kind === "compositionstart"));
  }
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-poll] form");
    if (form) form.dataset.edited = "1";
  });
}

// What htmx carries over (`hx-preserve`) may be typed in during a swap. Anything else is never pulled from under
// somebody's hands: the board then waits, and says that it is not fresh.
let composing = false;

function isInUse(board) {
  const carried = (element) => element.closest("[hx-preserve]");
  const field = board.contains(document.activeElement) && document.activeElement.matches("input, textarea, select") && document.activeElement;
  const selection = getSelection();
  const selected = selection && !selection.isCollapsed && selection.containsNode(board, true) && !carried(asElement(selection.anchorNode));
  const busy = $$("form[data-edited], form[data-flying]", board).some((form) => !carried(form));
  return Boolean((field && (composing || !carried(field))) || selected || busy || board.querySelector("dialog[open]"));
}

const asElement = (node) => (node instanceof Element ? node : node.parentElement);

function remember(board) {
  const field = board.contains(document.activeElement) ? document.activeElement : null;
  const mark = field || $$("tr[id], li[id]", board).find((row) => row.getBoundingClientRect().bottom > 0);
  return {
    said: board.dataset.said,
    field,
    focus: field && selectorOf(field),
    caret: field && "selectionStart" in field ? [field.selectionStart, field.selectionEnd, field.selectionDirection] : null,
    scroll: field && [field.scrollLeft, field.scrollTop],
    mark: mark && { selector: selectorOf(mark), top: mark.getBoundingClientRect().top },
    open: [...board.querySelectorAll("details[id][open]")].map((details) => details.id),
    rows: new Map([...board.querySelectorAll("[id]")].map((row) => [row.id, words(row)])),
  };
}

function restoreHands(board, before) {
  const field = before.field?.isConnected ? before.field : before.focus && board.querySelector(before.focus);
  if (field && field !== document.activeElement) field.focus({ preventScroll: true });
  if (field && field === before.field) {
    if (before.caret && before.caret[0] !== null) field.setSelectionRange(...before.caret);
    [field.scrollLeft, field.scrollTop] = before.scroll;
  }
  const mark = field || (before.mark?.selector && board.querySelector(before.mark.selector));
  if (mark && scrollY > 0) scrollBy(0, mark.getBoundingClientRect().top - before.mark.top);
}

function restoreMarks(board, before) {
  for (const id of before.open) board.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
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
  const age = Date.now() - freshAt;
  const stale = !document.hidden && age > STALE && Date.now() - watchedSince > GRACE;
  if (strip.hidden === stale) announce(stale ? "This page is no longer updated" : "This page is up to date again");
  document.body.classList.toggle("is-stale", stale);
  strip.hidden = !stale;
  if (!stale) return;
  const seconds = Math.round(age / 1_000);
  const showing = new Date(now() - age).toISOString().slice(11, 19);
  strip.textContent = `Not updated for ${seconds < 120 ? `${seconds} s` : span(age)}. Showing ${showing} UTC. ${held ? "What is new waits until you have finished here." : "Retrying."}`;
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
