// What was found for other words than those in the field cannot be pressed, from the very
// moment of typing: `data-results-of` names the field, `data-found-for` says the words. No
// inline script and no eval, so that the content policy can stay strict.
const judge = () => {
  for (const results of document.querySelectorAll("[data-results-of]")) {
    const { resultsOf, foundFor } = results.dataset;
    const typed = document.getElementById(resultsOf)?.value ?? "";
    results.inert = typed.trim() !== foundFor;
  }
};

document.addEventListener("input", judge, true);
new MutationObserver(judge).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-found-for"],
  childList: true,
  subtree: true,
});
