// Four things that forms cannot do by themselves. No inline script and no eval, so that the
// content policy can stay strict.

// Says that a file is too large before it is sent.
document.addEventListener("change", ({ target }) => {
  const largest = Number(target.dataset?.largest);
  if (largest && target.files) {
    const tooLarge = [...target.files].some((file) => file.size > largest);
    const most = Math.floor(largest / 1024 / 1024);
    target.setCustomValidity(tooLarge ? `Choose a file of at most ${most} MB.` : "");
    target.reportValidity();
  }
});

// Puts what follows the # of the address into the form that asks for it. Browsers never
// send that part, so a one-time link leaves no trace in logs on its way here.
document.addEventListener(
  "submit",
  ({ target }) => {
    for (const input of target.querySelectorAll("input[data-from-fragment]")) {
      input.value = location.hash.slice(1);
    }
  },
  true,
);

// Takes a notice away, as its button would, when something new is entered. One press is enough.
document.addEventListener("input", () => {
  for (const button of document.querySelectorAll(".dismiss:enabled")) {
    button.click();
    button.disabled = true;
  }
});

// A notice that is pressed away takes its button with it: the keyboard goes on in the page.
document.addEventListener("click", ({ isTrusted, target }) => {
  if (isTrusted && target.closest(".dismiss")) {
    document.getElementById("main")?.focus({ preventScroll: true });
  }
});
