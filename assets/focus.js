// Moves the keyboard to where a page says that attention is needed: the element whose
// `data-focus` has just been given another value. No inline script and no eval, so that
// the content policy can stay strict.
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (target.dataset.focus) {
      target.focus();
      target.scrollIntoView({ block: "center" });
    }
  }
}).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-focus"],
  subtree: true,
});
