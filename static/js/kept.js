// What was typed into `<form data-keep="name">` and did not arrive stays in this browser for a day and comes back into its
// fields. A form that was sent is forgotten when the desk answers with a redirect to a page without a problem. An error page,
// the sign-in page, a fresh visit and the browser's own Back are no such answer.
//
// Each record belongs to one person: `<body data-person>`. Whoever else signs in on this machine is not shown it. It is not
// thrown away either, because a session that ran out must not cost anybody their words; signing out does that.

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const DAY = 24 * 60 * 60 * 1_000;
const ALL = "kept:";
const person = document.body.dataset.person || "";
const keyOf = (form) => `${ALL}${person}:${form.dataset.keep}`;
const keysOf = (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix));

function start() {
  const unanswered = keysOf(ALL).filter(settle);
  for (const note of $$("[data-kept-note]")) note.hidden = !unanswered.length;
  if (!person) return;
  $$("form[data-keep]").forEach(offer);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (form) keep(form, false);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-keep]")) keep(event.target, true);
    if (event.target.matches("form[data-forget]")) for (const key of keysOf(`${ALL}${person}:`)) localStorage.removeItem(key);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-keep]");
    if (form && event.detail.successful) localStorage.removeItem(keyOf(form));
    else if (form) keep(form, false);
  });
  document.addEventListener("htmx:afterSettle", (event) => $$("form[data-keep]", event.target).forEach(offer));
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

// Throws away what is too old or has arrived. Says whether this record was on its way and is not known to have arrived.
function settle(key) {
  const record = read(key);
  if (!record || Date.now() - record.at > DAY) {
    localStorage.removeItem(key);
    return false;
  }
  if (!record.sent || (person && !key.startsWith(`${ALL}${person}:`))) return false;
  const came = performance.getEntriesByType("navigation")[0];
  const answered = document.querySelector(".shell") && !document.querySelector("[data-problem], #refusal");
  if (answered && came?.type === "navigate" && came.redirectCount) {
    localStorage.removeItem(key);
    return false;
  }
  localStorage.setItem(key, JSON.stringify({ ...record, sent: false }));
  return true;
}

// `base` is what the server had given when typing began: by it one sees later whether somebody else changed it since. `seen`
// are the hidden fields that tell the server the same.
function keep(form, sent) {
  const values = fields(form).map((field) => [field.name, field.value, field.checked]);
  const began = read(keyOf(form));
  const base = began?.base || fields(form).map((field) => [field.name, ...given(field)]);
  const seen = began?.seen || hidden(form).map((field) => [field.name, field.defaultValue]);
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), sent, values, base, seen }));
  } catch {
    // The browser keeps nothing, or has no room left: the form still works.
  }
}

// Passwords, tokens and files are never kept.
function fields(form) {
  return [...form.elements].filter((field) => field.name && field.matches("textarea, select, input:not([type=hidden], [type=password], [type=file])"));
}

const hidden = (form) => [...form.elements].filter((field) => field.type === "hidden" && /^(version|seen|seen_version)$/.test(field.name));

function given(field) {
  if (isTick(field)) return [field.value, field.defaultChecked];
  if (field.matches("select")) return [(field.querySelector("option[selected]") || field.options[0])?.value ?? "", undefined];
  return [field.defaultValue, undefined];
}

const isTick = (field) => field.type === "checkbox" || field.type === "radio";

function find(form, name, value) {
  const named = fields(form).filter((field) => field.name === name);
  return named.find((field) => isTick(field) && field.value === value) || named.find((field) => !isTick(field));
}

const holds = (field, value, checked) => (isTick(field) ? field.checked === checked : field.value === value);

function shows(form, values) {
  return values.every(([name, value, checked]) => {
    const field = find(form, name, value);
    return !field || holds(field, value, checked);
  });
}

// Where the page shows what it showed when typing began, the words go straight back. Where it has changed, a person decides:
// then only what they typed goes back, and the server hears what they had before them, so that it shows both texts. A form
// that came back from the server (`data-returned`) holds what was typed.
function offer(form) {
  const record = read(keyOf(form));
  if (!record || form.hasAttribute("data-returned") || form.dataset.offered || shows(form, record.values)) return;
  form.dataset.offered = "1";
  const at = `${new Date(record.at).toISOString().slice(11, 16)} UTC`;
  const strip = document.createElement("p");
  strip.className = "flash no-print";
  if (shows(form, record.base)) {
    putBack(form, record.values);
    strip.append(made("span", `What you typed here at ${at} was not saved. It is back in its place, and not sent yet.`));
    strip.append(button("Undo this", () => forget(form, record.base, strip)));
  } else {
    strip.append(made("span", `What you typed here at ${at} was not saved, and this page has changed since. This browser still has it.`));
    strip.append(button("Put it back", () => {
      putBack(form, record.values.filter((kept) => isTouched(form, record.base, kept)));
      for (const field of hidden(form)) field.value = record.seen?.find(([name]) => name === field.name)?.[1] ?? field.value;
      strip.remove();
      fields(form)[0]?.focus();
    }));
    strip.append(button("Forget it", () => forget(form, null, strip)));
  }
  form.prepend(strip);
  form.closest("details")?.setAttribute("open", "");
}

function isTouched(form, base, [name, value, checked]) {
  const tick = isTick(find(form, name, value) || form);
  const was = base.find((given) => given[0] === name && (!tick || given[1] === value));
  return !was || (tick ? was[2] !== checked : was[1] !== value);
}

function putBack(form, values) {
  for (const [name, value, checked] of values) {
    const field = find(form, name, value);
    if (!field || holds(field, value, checked)) continue;
    if (isTick(field)) field.checked = checked;
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function forget(form, base, strip) {
  if (base) putBack(form, base);
  localStorage.removeItem(keyOf(form));
  strip.remove();
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

start();
