// Keys of the weekly review: j and k open the next and the previous account, c goes to the note, a letter signs off with
// its outcome (o on track, s change steps, e escalate, x close; r is o), Enter with the one that was meant last.
const rows = [...document.querySelectorAll("[data-review-row]")];
const current = rows.findIndex((row) => row.hasAttribute("aria-current"));
const form = document.querySelector("[data-review-form]");
const note = document.querySelector("[data-review-note]");
const outcome = (letter) => form?.querySelector(`[data-outcome="${letter}"]`);
let meant = "o";

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
const acts = (target) => target.closest("a, button, summary") !== null;
const open = (step) => rows[Math.min(Math.max(current + step, 0), rows.length - 1)]?.click();

function signOff(letter) {
  meant = letter;
  // A review needs words: without them the key leads to where they are written, and Ctrl+Enter then sends it.
  if (form && note.value.trim()) send();
  else note?.focus();
}

function send() {
  const button = outcome(meant);
  if (button.matches("summary")) {
    // Closing asks how the plan ended.
    button.parentElement.open = true;
    button.parentElement.querySelector("select").focus();
  } else form.requestSubmit(button);
}

const KEYS = { j: () => open(1), k: () => open(-1), c: () => note?.focus(), r: () => signOff("o"), Enter: () => signOff(meant) };
for (const letter of "osex") KEYS[letter] = () => signOff(letter);

// Before the keys that every page has (j and k move between rows there; g r goes to this page).
let wentAt = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "Enter" && acts(event.target)) return;
  // Whoever turned single letters off goes by Tab, Enter and the buttons.
  if (event.key.length === 1 && document.documentElement.dataset.keys === "off") return;
  if (event.key === "g") wentAt = Date.now();
  if (!KEYS[event.key] || Date.now() - wentAt < 1_000) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  KEYS[event.key]();
}, true);

note?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
});

rows[current]?.scrollIntoView({ block: "nearest" });
if (document.querySelector("[data-review-form] [role=alert]")) note?.focus();
