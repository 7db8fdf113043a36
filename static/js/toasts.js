// Toasts go after ten seconds, errors stay; at most three are shown. Other scripts call show().
const LIFETIME_MS = 10_000;
const AT_MOST = 3;
const place = document.querySelector("[data-toasts]");

const watched = new WeakSet();

function watch(toast) {
  if (watched.has(toast)) return;
  watched.add(toast);
  toast.querySelector("[data-dismiss]").addEventListener("click", () => toast.remove());
  if (toast.getAttribute("role") !== "alert") setTimeout(() => toast.remove(), LIFETIME_MS);
}

export function show(text, { isError = false } = {}) {
  const toast = document.createElement("div");
  toast.className = isError ? "toast toast--error" : "toast";
  if (isError) toast.setAttribute("role", "alert");
  const words = document.createElement("div");
  words.className = "toast__text";
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "Dismiss");
  close.textContent = "×";
  toast.append(words, close);
  place.append(toast);
  watch(toast);
  while (place.children.length > AT_MOST) place.firstElementChild.remove();
}

if (place) {
  const watchAll = () => { for (const toast of place.querySelectorAll("[data-toast]")) watch(toast); };
  watchAll();
  // An answer that replaces a part of the page may bring toasts of its own.
  document.addEventListener("htmx:oobAfterSwap", watchAll);
  document.addEventListener("htmx:responseError", () =>
    show("Not saved: the server did not accept it. Reload the page and try again.", { isError: true }));
  document.addEventListener("htmx:sendError", () =>
    show("Not saved: the server did not answer. Try again.", { isError: true }));
}
