// Who has switched single keys off (WCAG 2.1.4): none of ours hears of a letter, figure or sign that is pressed alone
// outside of a field. This listens on the window, which is asked before all that listen on the document.
const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]") != null;

window.addEventListener("keydown", (event) => {
  if (document.documentElement.dataset.keys !== "off" || isTyping(event.target)) return;
  const isAlone = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (isAlone && event.key.length === 1 && event.key !== " ") event.stopImmediatePropagation();
}, true);
