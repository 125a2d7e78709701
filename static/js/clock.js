// Draws what is left of a workshop's step. The server says when it ends (data-ends-at) and what time it was when it
// said so (data-now), so that a laptop whose clock is wrong shows the same minutes as the projector. A clock that counts
// up says how many seconds it had counted then (data-counted-s).
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

  function count(element) {
    const seconds = Number(element.dataset.countedS) + (serverNow(element) - Date.parse(element.dataset.now)) / 1000;
    const text = spelled(Math.max(0, Math.floor(seconds)));
    if (element.textContent !== text) element.textContent = text;
  }

  function drawAll() {
    for (const element of document.querySelectorAll("[data-ends-at][data-now]")) draw(element);
    for (const element of document.querySelectorAll("[data-counted-s][data-now]")) count(element);
  }

  drawAll();
  document.addEventListener("htmx:load", drawAll);
  setInterval(drawAll, 250);
})();
