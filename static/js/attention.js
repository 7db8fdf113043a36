// Keys of "needs attention today": j and k move between rows, Enter does what helps, s opens the snooze menu.
const SECOND_KEY_MS = 1_000;
const rows = () => [...document.querySelectorAll("[data-attention-row]")];
const here = () => rows().findIndex((row) => row.contains(document.activeElement));
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;

let last = -1; // the row that was left last
let wentAt = 0;

function focusRow(n) {
  const all = rows();
  if (!all.length) return;
  last = Math.min(Math.max(n, 0), all.length - 1);
  all[last].querySelector("[data-main]").focus();
  all[last].scrollIntoView({ block: "nearest" });
}

function snooze() {
  const menu = rows()[here() === -1 ? last : here()]?.querySelector("[data-snooze]");
  if (!menu) return;
  menu.open = true;
  menu.querySelector("button").focus();
}

function move(step) {
  const now = here();
  focusRow(now === -1 ? (step > 0 ? last + 1 : last) : now + step);
}

const KEYS = { j: () => move(1), k: () => move(-1), s: snooze };

// Before the keys that every page has: j and k would visit all tables of the page.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "g") wentAt = Date.now();
  if (!KEYS[event.key] || !rows().length || Date.now() - wentAt < SECOND_KEY_MS) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  KEYS[event.key]();
}, true);

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "attention" && here() !== -1) last = here();
});

// What was snoozed is gone: the next row takes its place, also under the focus.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "attention" && last !== -1 && document.activeElement === document.body) focusRow(last);
});
