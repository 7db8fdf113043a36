// A press on [data-open-dialog="id"] opens that dialog; a press on its backdrop closes it. Ctrl+Enter submits its form.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog).showModal();
  if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
  if (event.target.matches("dialog[open]") && !hasText(event.target)) event.target.close();
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("dialog form");
  if (form && event.key === "Enter" && event.ctrlKey) form.requestSubmit();
});

document.addEventListener("cancel", (event) => {
  if (hasText(event.target) && !window.confirm("Close without saving what you typed?")) event.preventDefault();
}, true);

function hasText(dialog) {
  return [...dialog.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);
}
