// Keys of the weekly review: j and k open the next and the previous plan, r marks the plan as reviewed, c goes to the note.
const rows = [...document.querySelectorAll("[data-review-row]")];
const current = rows.findIndex((row) => row.hasAttribute("aria-current"));
const form = document.querySelector("[data-review-form]");
const note = document.querySelector("[data-review-note]");

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
const open = (step) => rows[Math.min(Math.max(current + step, 0), rows.length - 1)]?.click();

function review() {
  // A review needs words: without them the key leads to where they are written.
  if (form && note.value.trim()) form.requestSubmit();
  else note?.focus();
}

const KEYS = { j: () => open(1), k: () => open(-1), r: review, c: () => note?.focus() };

// Before the keys that every page has (j and k move between rows there; g r goes to this page).
let wentAt = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "g") wentAt = Date.now();
  if (!KEYS[event.key] || Date.now() - wentAt < 1_000) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  KEYS[event.key]();
}, true);

note?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

rows[current]?.scrollIntoView({ block: "nearest" });
if (document.querySelector("[data-review-form] [role=alert]")) note?.focus();
