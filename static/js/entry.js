// Values for many rows by keyboard: Enter and the arrows move between the fields, Ctrl+Enter enters them all.
const form = document.querySelector("form[data-entry]");
const fields = [...(form?.querySelectorAll("[data-entry-field]") ?? [])];
const STEP = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };

form?.addEventListener("keydown", (event) => {
  const here = fields.indexOf(event.target);
  if (here < 0 || !STEP[event.key]) return;
  event.preventDefault();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  else fields[Math.min(Math.max(here + STEP[event.key], 0), fields.length - 1)].select();
});

(form?.querySelector("[aria-invalid=true]") ?? fields[0])?.focus({ preventScroll: true });
