// A link marked data-sheet opens its page as a dialog over this one; "t" logs a touchpoint, of the account in sight.
const sheet = document.getElementById("sheet");
const ACCOUNT = /^\/accounts\/(\d+)/;

async function open(url) {
  await window.htmx.ajax("GET", url, { target: sheet, swap: "innerHTML" });
  if (sheet.firstElementChild && !sheet.open) sheet.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-sheet]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link.getAttribute("href"));
});

// What a form refuses comes back into the dialog, with what was typed.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== sheet || ![409, 422].includes(event.detail.xhr.status)) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

sheet?.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== sheet) return;
  // A form of the page below may be answered here: when what it changed was changed by somebody else.
  if (sheet.firstElementChild && !sheet.open) sheet.showModal();
  sheet.querySelector("[aria-invalid=true], [role=alert], [autofocus]")?.focus();
});
sheet?.addEventListener("close", () => sheet.replaceChildren());

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;

document.addEventListener("keydown", (event) => {
  if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (!sheet?.dataset.log) return;
  event.preventDefault();
  const account = accountInSight();
  open(account ? `${sheet.dataset.log}?account=${account}` : sheet.dataset.log);
});

/** The account of the row that has the focus, or of the page. */
function accountInSight() {
  const row = document.activeElement?.closest("[data-row]");
  const link = row?.matches("a") ? row : row?.querySelector('a[href^="/accounts/"]');
  return (ACCOUNT.exec(link?.getAttribute("href") ?? "") ?? ACCOUNT.exec(window.location.pathname))?.[1];
}
