// The switch between light and dark. The server draws data-theme from the cookie, so a page never flashes.
// Choosing what the system says anyway forgets the choice: then the page follows the system again.
"use strict";

(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemTheme = () => (system.matches ? "dark" : "light");
  const currentTheme = () => root.dataset.theme || systemTheme();

  function remember(theme) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    const age = theme ? 365 * 24 * 3600 : 0;
    document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax${secure}`;
  }

  function describe() {
    const other = currentTheme() === "dark" ? "light" : "dark";
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.hidden = false;
      button.setAttribute("aria-label", `Change to ${other} colours`);
      button.title = `Change to ${other} colours`;
    }
  }

  function announce() {
    describe();
    document.dispatchEvent(new CustomEvent("themechange", { detail: { theme: currentTheme() } }));
  }

  function turn() {
    const other = currentTheme() === "dark" ? "light" : "dark";
    if (other === systemTheme()) {
      delete root.dataset.theme;
      remember("");
    } else {
      root.dataset.theme = other;
      remember(other);
    }
    announce();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) turn();
  });
  system.addEventListener("change", announce);
  describe();
})();
