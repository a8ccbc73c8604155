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

// What stays at the top must not lie over what is being typed: fields are scrolled to
// below it, however high it is at the moment.
document.addEventListener("focusin", ({ target }) => {
  const bar = document.querySelector(".sticky");
  const root = document.documentElement;
  if (!bar || bar.contains(target)) {
    root.style.removeProperty("scroll-padding-top");
    return;
  }
  const covered = parseFloat(getComputedStyle(bar).top) + bar.offsetHeight + 16;
  root.style.setProperty("scroll-padding-top", `${covered}px`);
  requestAnimationFrame(() => {
    const hidden = covered - target.getBoundingClientRect().top;
    if (hidden > 0 && bar.getBoundingClientRect().top < covered) {
      window.scrollBy({ top: -hidden, behavior: "instant" });
    }
  });
});
