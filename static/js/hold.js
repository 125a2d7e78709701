// While somebody presses, no live part of the page is redrawn: what is above may grow, and the press would end beside
// the button where it began. A part marked data-hold is not redrawn under somebody's hands either: while a field in it
// has the focus, a form in it is opened, shows something that is not saved, is just being sent or waits for a yes. A
// change that arrives meanwhile waits and is fetched when the hands leave.
// A checkbox holds nothing: htmx finds it again by its id. A form put away by closing its details holds nothing either:
// data-keep puts its text back into the redrawn one.
"use strict";

(() => {
  const FIELDS = "input:not([type=hidden], [type=checkbox]), textarea, select";
  const waiting = new Set();
  let isPressing = false;

  function isHeld(part) {
    if (isPressing) return true;
    if (!part.matches("[data-hold]")) return false;
    if (part.querySelector("form.htmx-request, [data-asking]")) return true;
    const focused = document.activeElement;
    if (focused && focused !== part && part.contains(focused) && focused.matches(FIELDS)) return true;
    return [...part.querySelectorAll("details[open] form, form[data-dirty]")].some((form) => form.checkVisibility());
  }

  function isLive(event) {
    const cause = event.detail.requestConfig?.triggeringEvent ?? event.detail.triggeringEvent;
    return cause?.type === "revision" || cause?.type === "job";
  }

  function hold(event) {
    const part = event.detail.elt;
    if (!part.matches || !isLive(event)) return;
    if (!isHeld(part) && !isOutrun(part, event.detail.xhr)) return;
    event.preventDefault();
    waiting.add(part);
  }

  function release() {
    let free = 0;
    for (const part of waiting) {
      if (part.isConnected && isHeld(part)) continue;
      // Where it was redrawn meanwhile, by a form's answer, that answer may be older than what waited.
      waiting.delete(part);
      free += 1;
    }
    if (free) window.htmx.trigger(document.body, "revision", { revision: "?" });
  }

  // An answer that was asked for before a form in the part was answered knows less than what stands there by now.
  let tick = 0;
  const askedAt = new WeakMap();
  const answeredAt = new WeakMap();

  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.detail.elt.matches?.("[data-hold]")) askedAt.set(event.detail.xhr, ++tick);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt } = event.detail.requestConfig;
    const part = (event.detail.target ?? elt)?.closest?.("[data-hold]");
    if (part && part !== elt) answeredAt.set(part, ++tick);
  });

  function isOutrun(part, xhr) {
    return askedAt.get(xhr) < answeredAt.get(part);
  }

  document.addEventListener("htmx:beforeRequest", hold);
  // The answer may come back after somebody began to type.
  document.addEventListener("htmx:beforeSwap", hold);
  document.addEventListener("pointerdown", (event) => {
    isPressing = event.button === 0;
  }, true);
  function letGo() {
    isPressing = false;
    release();
  }

  for (const name of ["pointerup", "pointercancel"]) {
    // The click comes first.
    document.addEventListener(name, () => setTimeout(letGo, 0), true);
  }
  // What was pressed on a list of choices or a menu of the browser's own, or let go outside the window, tells no end.
  document.addEventListener("pointermove", (event) => {
    if (isPressing && event.buttons === 0) letGo();
  }, true);
  document.addEventListener("focusout", () => setTimeout(release, 0));
  document.addEventListener("reset", () => setTimeout(release, 0));
  document.addEventListener("htmx:afterRequest", () => setTimeout(release, 0));
  document.addEventListener("toggle", () => setTimeout(release, 0), true);

  // A scroll box that is redrawn keeps what one looks at where it was, whatever grew above it.
  let place = null;

  function lookedAt(box) {
    const focused = document.activeElement;
    if (focused?.id && box.contains(focused)) return focused;
    const middle = box.getBoundingClientRect().top + box.clientHeight / 2;
    return [...box.querySelectorAll("[id]")].find((one) => one.getBoundingClientRect().top >= middle);
  }

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const box = event.detail.target;
    const mark = box?.matches?.("[data-keep-place]") && lookedAt(box);
    place = mark ? { box, id: mark.id, top: mark.getBoundingClientRect().top } : null;
  });

  document.addEventListener("htmx:oobAfterSwap", () => {
    const mark = place && document.getElementById(place.id);
    if (mark) place.box.scrollTop += mark.getBoundingClientRect().top - place.top;
    place = null;
  });
})();
