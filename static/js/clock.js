// Draws what is left of a workshop's step. The server says when it ends (data-ends-at) and what time it was when it
// said so (data-now), so that a laptop whose clock is wrong shows the same minutes as the projector.
"use strict";

(() => {
  const drawnAt = new WeakMap();

  function serverNow(element) {
    if (!drawnAt.has(element)) drawnAt.set(element, Date.now());
    return Date.parse(element.dataset.now) + Date.now() - drawnAt.get(element);
  }

  function spelled(seconds) {
    const whole = Math.abs(seconds);
    return `${seconds < 0 ? "+" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  }

  function draw(element) {
    const now = serverNow(element);
    const endsAt = Date.parse(element.dataset.endsAt);
    if (element instanceof HTMLProgressElement) {
      const beganAt = Date.parse(element.dataset.beganAt);
      element.value = Math.min(element.max, (element.max * (now - beganAt)) / (endsAt - beganAt));
      return;
    }
    const seconds = Math.round((endsAt - now) / 1000);
    const text = spelled(seconds);
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle("over", seconds < 0);
  }

  function drawAll() {
    for (const element of document.querySelectorAll("[data-ends-at][data-now]")) draw(element);
  }

  drawAll();
  document.addEventListener("htmx:load", drawAll);
  setInterval(drawAll, 250);
})();
