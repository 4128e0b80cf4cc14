// The public page is complete without this file. It adds the reader's own zone, counts minutes and fetches news once a minute.

const MINUTE = 60_000;
const all = (selector) => document.querySelectorAll(selector);

function span(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / MINUTE);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts = days ? [[days, "d"], [hours, "h"]] : [[hours, "h"], [rest, "min"]];
  return parts.filter(([number]) => number).map((part) => part.join(" ")).join(" ") || "under 1 min";
}

const write = (element, text) => element.textContent === text || (element.textContent = text);

function tick() {
  for (const element of all("[data-until]")) {
    const left = Date.parse(element.dataset.until) - Math.floor(Date.now() / MINUTE) * MINUTE;
    write(element, left > 0 ? `in ${span(left)}` : `${span(left)} late`);
  }
  for (const element of all("[data-since]")) write(element, span(Date.now() - Date.parse(element.dataset.since)));
}

// UTC stays first; the reader's zone takes the place of ours beside it.
function localise() {
  const local = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
  const utcDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" });
  for (const time of all("time + .beside")) {
    const at = Date.parse(time.previousElementSibling.dateTime);
    const said = local.format(at);
    if (!said.endsWith("UTC")) write(time, day.format(at) === utcDay.format(at) ? `(${said})` : `(${said}, ${day.format(at)})`);
  }
}

let tag = null;
let seen = null;

async function refresh() {
  if (document.hidden) return;
  const headers = tag ? { "If-None-Match": tag } : {};
  const response = await fetch(location.pathname + location.search, { headers, cache: "no-store" }).catch(() => null);
  if (!response || !response.ok) return;
  tag = response.headers.get("ETag");
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const now = fresh.querySelector("#main")?.innerHTML;
  if (!now || now === seen || document.querySelector("#main :is(input, textarea):focus")) return;
  const first = seen === null && now === served;
  seen = now;
  if (!first) replace(fresh);
}

function replace(fresh) {
  const open = [...all("#main details")].map((details) => details.open);
  const focused = document.activeElement?.getAttribute("href");
  const newest = document.querySelector(".entry")?.id;
  document.title = fresh.title;
  for (const part of ["#main", ".dateline", ".colophon"]) {
    const [old, next] = [document, fresh].map((page) => page.querySelector(part));
    if (old && next) old.replaceChildren(...next.childNodes);
  }
  all("#main details").forEach((details, index) => (details.open = open[index] ?? details.open));
  if (focused && document.activeElement === document.body) document.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  dress();
  const entry = document.querySelector(".entry");
  if (entry?.id && entry.id !== newest) document.getElementById("announcer").textContent = `New: ${entry.querySelector("h3")?.textContent}`;
}

function dress() {
  localise();
  tick();
}

const served = document.getElementById("main")?.innerHTML;
dress();
setInterval(tick, MINUTE / 4);
setInterval(refresh, MINUTE);
document.addEventListener("visibilitychange", refresh);
