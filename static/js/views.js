// A choice that a block makes by itself, such as what the ring counts: it is put into the address, into what the
// filters send and their links open, and into the view that would be saved.
document.addEventListener("switched", ({ detail: { name, value } }) => {
  const carried = (query) => {
    const others = query.split("&").filter((part) => part && !part.startsWith(`${name}=`));
    return (value ? [...others, `${name}=${value}`] : others).join("&");
  };
  const carry = (address) => {
    const [path, query = ""] = address.split("?");
    return [path, carried(query)].filter(Boolean).join("?");
  };
  history.replaceState(history.state, "", carry(location.pathname + location.search));
  for (const link of document.querySelectorAll("[data-carries] a[href]:not([data-view])")) {
    link.href = carry(link.getAttribute("href"));
  }
  for (const field of document.querySelectorAll(`[data-carries] input[name="${name}"]`)) field.value = value;
  for (const field of document.querySelectorAll("[data-carried]")) field.value = carried(field.value);
  showChanged();
});

function showChanged() {
  const kept = document.querySelector("[data-view-query]")?.dataset.viewQuery;
  if (kept === undefined) return;
  const now = document.querySelector("[data-carried]").value;
  for (const place of document.querySelectorAll("[data-if-changed]")) place.hidden = now === kept;
}
