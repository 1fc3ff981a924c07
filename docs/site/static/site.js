// What the theme leaves out for those who do not see the page, or have no mouse.
window.addEventListener("load", async () => {
  // The button's own words say more than its label.
  for (const button of document.querySelectorAll(".search-button-field"))
    button.removeAttribute("aria-label");
  for (const fold of document.querySelectorAll(".bd-sidebar summary"))
    fold.ariaLabel = `Pages below ${fold.closest("li").querySelector("a").innerText}`;
  // A formula that is wider than the window scrolls by keyboard too.
  if (window.MathJax?.startup) await MathJax.startup.promise;
  for (const formula of document.querySelectorAll("mjx-container[display]")) formula.tabIndex = 0;
});
