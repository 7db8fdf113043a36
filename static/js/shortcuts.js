// Keys for people who stay on the keyboard. Single letters never act while somebody types.
const GO = { p: "gauge", a: "table-2", r: "clipboard-check" }; // the icons of the navigation's items
const SECOND_KEY_MS = 1_000;
let wentAt = 0;

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const act = actionOf(event.key);
  if (!act) return;
  event.preventDefault();
  act();
});

function actionOf(key) {
  if (Date.now() - wentAt < SECOND_KEY_MS && GO[key]) return () => follow(GO[key]);
  if (key === "g") return () => { wentAt = Date.now(); };
  if (key === "?") return () => document.getElementById("keys")?.showModal();
  if ((key === "j" || key === "k") && rows().length) return () => move(key === "j" ? 1 : -1);
  return null;
}

function follow(icon) {
  document.querySelector(`.nav [data-go="${icon}"]`)?.click();
}

function move(step) {
  const all = rows();
  const now = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
  const target = next.matches("a, button") ? next : next.querySelector("a, button");
  target?.focus();
  next.scrollIntoView({ block: "nearest" });
}
