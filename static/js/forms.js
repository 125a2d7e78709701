// What forms and links do beyond HTML. Each behaviour is asked for by a data- attribute (docs/look.md lists them):
// data-keep, data-confirm, data-rating-keys, data-counter, data-copy, data-dropzone, data-menu, data-close,
// data-dismiss, data-panel-close.
"use strict";

(() => {
  const body = document.body;
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  // ---- Messages -------------------------------------------------------------------------------------------------

  function say(text, { kind = "error-message", detail = "", action = null } = {}) {
    const words = element("p", {}, text);
    if (detail) words.append(element("small", {}, detail));
    const message = element("div", { class: `message ${kind}`, "data-message": "" }, words);
    if (action) {
      const button = element("button", { class: "button", type: "button" }, action.label);
      button.addEventListener("click", () => {
        message.remove();
        action.run();
      });
      message.append(button);
    }
    message.append(element("button", { class: "button quiet", type: "button", "data-dismiss": "" }, "Close"));
    place(message);
    return message;
  }

  // Behind an open dialog everything is inert: a message must stand inside it to be read and pressed.
  function place(message) {
    const dialog = document.querySelector("dialog[open]");
    if (!dialog) return document.getElementById("messages").append(message);
    message.setAttribute("role", "alert");
    dialog.prepend(message);
    dialog.scrollTop = 0;
  }

  // ---- Typed text is never lost: data-keep="name of the form" -----------------------------------------------------

  const KEPT = "fwselect.kept.";
  const kindsNotKept = new Set(["password", "hidden", "file", "submit", "button", "reset", "image"]);
  const storageKey = (form) => KEPT + (form.dataset.keep || form.getAttribute("action") || location.pathname);

  function keepable(form) {
    return [...form.elements].filter((field) => field.name && !kindsNotKept.has(field.type) && !field.disabled);
  }

  function snapshot(form) {
    return keepable(form).map((field) => [
      field.name,
      field.type === "radio" || field.type === "checkbox" ? field.value : null,
      field.type === "radio" || field.type === "checkbox" ? field.checked : field.value,
    ]);
  }

  function read(key) {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function keep(form, sent) {
    const kept = { person: body.dataset.person, at: Date.now(), sent, fields: snapshot(form) };
    try {
      sessionStorage.setItem(storageKey(form), JSON.stringify(kept));
    } catch {
      // Storage is full or forbidden: the text still stands in the form.
    }
  }

  const forget = (form) => sessionStorage.removeItem(storageKey(form));

  function putBack(form, fields) {
    let changed = false;
    for (const [name, value, state] of fields) {
      const match = keepable(form).find((field) => field.name === name && (value === null || field.value === value));
      if (!match) continue;
      const property = value === null ? "value" : "checked";
      if (match[property] !== state) {
        match[property] = state;
        changed = true;
      }
    }
    return changed;
  }

  function wire(form) {
    if (form.dataset.wired) return;
    form.dataset.wired = "yes";
    const original = snapshot(form);
    const kept = read(storageKey(form));
    if (kept && kept.person === body.dataset.person && putBack(form, kept.fields)) {
      form.dataset.dirty = "";
      const at = new Date(kept.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      const drop = element("button", { class: "link", type: "button" }, "Take it out again");
      const note = element("p", { class: "kept", role: "status" }, `What you typed at ${at} was put back. `, drop);
      drop.addEventListener("click", () => {
        putBack(form, original);
        forget(form);
        delete form.dataset.dirty;
        note.remove();
      });
      form.prepend(note);
    }
    form.addEventListener("input", () => {
      form.dataset.dirty = "";
      keep(form, "");
    });
    form.addEventListener("reset", () => {
      forget(form);
      delete form.dataset.dirty;
    });
  }

  // A form that left by an ordinary page load is known to have arrived only by the page that follows: a good page, not
  // the sign-in, reached from the form and not by reload or the back button. In doubt the text is kept.
  function arrivedFrom(address) {
    const [visit] = performance.getEntriesByType("navigation");
    const good = !(visit?.responseStatus >= 400) && location.pathname !== body.dataset.signIn;
    return good && visit?.type === "navigate" && document.referrer === address;
  }

  function settleSent() {
    for (const key of Object.keys(sessionStorage).filter((name) => name.startsWith(KEPT))) {
      const kept = read(key);
      const stranger = body.dataset.person && kept?.person && kept.person !== body.dataset.person;
      if (!kept || stranger || (kept.sent && arrivedFrom(kept.sent))) sessionStorage.removeItem(key);
      else if (kept.sent) sessionStorage.setItem(key, JSON.stringify({ ...kept, sent: "" }));
    }
  }

  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-keep]")) keep(event.target, location.href.split("#")[0]);
  });

  // ---- Ask first: data-confirm="question" on a form, button or link -----------------------------------------------

  const confirmed = new WeakSet();

  function ask(question, { action, danger }) {
    const yes = element("button", { class: `button ${danger ? "danger" : "main"}`, value: "yes" }, action);
    const no = element("button", { class: "button", value: "no", autofocus: "" }, "Cancel");
    const form = element("form", { method: "dialog" }, element("p", {}, question));
    form.append(element("div", { class: "form-actions" }, no, yes));
    const dialog = element("dialog", { "aria-label": "Please confirm" }, form);
    body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        resolve(dialog.returnValue === "yes");
        dialog.remove();
      });
    });
  }

  async function confirmFirst(event, source, again) {
    if (confirmed.delete(source)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const options = { action: source.dataset.confirmAction || "Yes, go on", danger: "confirmDanger" in source.dataset };
    source.dataset.asking = "";
    const isYes = await ask(source.dataset.confirm, options);
    if (isYes) {
      confirmed.add(source);
      again();
    }
    delete source.dataset.asking;
  }

  document.addEventListener("click", (event) => {
    const source = event.target.closest?.(":is(a, button)[data-confirm]");
    if (source) confirmFirst(event, source, () => source.click());
  }, true);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset?.confirm) confirmFirst(event, form, () => form.requestSubmit(event.submitter));
  }, true);

  // ---- Requests by htmx: what went wrong, and nothing typed is lost ------------------------------------------------

  const byHand = new Set(["submit", "click", "change", "input", "keydown", "drop"]);
  const startedByHand = (detail) => byHand.has(detail.requestConfig?.triggeringEvent?.type);

  function again(detail) {
    const source = detail.elt;
    if (!source.isConnected) location.reload();
    else if (source.matches("form")) source.requestSubmit();
    else window.htmx.trigger(source, detail.requestConfig.triggeringEvent.type);
  }

  const reasons = {
    0: "The server could not be reached. Nothing was saved; what you typed is still here.",
    403: "You may not do this, so nothing was saved.",
    404: "This is no longer here: somebody may have removed it. Reload the page to see what is.",
    413: "This file is larger than the server takes.",
    429: "Too many attempts. Wait a minute, then try again.",
    503: "The database is away for a moment. Nothing was saved; what you typed is still here.",
  };

  function report(detail) {
    const status = detail.xhr?.status || 0;
    const request = detail.xhr?.getResponseHeader("X-Request-ID");
    const plain = /^text\/plain/.test(detail.xhr?.getResponseHeader("Content-Type") || "");
    const reason = (plain && detail.xhr.responseText.slice(0, 300)) || reasons[status];
    const text = reason || "Something went wrong on our side. Nothing was saved; what you typed is still here.";
    const facts = [status ? `status ${status}` : "", request ? `request ${request}` : ""].filter(Boolean).join(", ");
    const retry = [403, 404, 413].includes(status) ? null : { label: "Try again", run: () => again(detail) };
    say(text, { detail: facts, action: retry });
  }

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (startedByHand(event.detail)) report(event.detail);
    });
  }

  function signInAgain() {
    const here = encodeURIComponent(location.pathname + location.search);
    location.assign(`${body.dataset.signIn}?next=${here}`);
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const arrived = event.detail.xhr.responseURL;
    const signInPath = body.dataset.signIn;
    if (!arrived || !signInPath || new URL(arrived).pathname !== signInPath || location.pathname === signInPath) return;
    event.detail.shouldSwap = false;
    event.detail.endedSession = true;
    event.detail.xhr.endedSession = true;
    if (document.querySelector("[data-session-message]")) return;
    const message = say("Your session has ended. What you typed is kept and comes back after you sign in.", {
      kind: "warning",
      action: { label: "Sign in", run: signInAgain },
    });
    message.dataset.sessionMessage = "";
  });

  // Before the swap: the form drawn in its place must not find what has arrived.
  function settleAnswered(event) {
    const { elt, verb } = event.detail.requestConfig;
    const form = elt.closest?.("form[data-keep]");
    if (!form || verb === "get") return;
    const { status, endedSession } = event.detail.xhr;
    if (status >= 200 && status < 400 && !endedSession) {
      forget(form);
      delete form.dataset.dirty;
    } else {
      keep(form, "");
    }
  }

  document.addEventListener("htmx:beforeSwap", settleAnswered);
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, settleAnswered);

  // ---- Rating by keyboard: data-rating-keys around fieldsets of radios ---------------------------------------------

  function chooseByKey(event) {
    const area = event.target.closest?.("[data-rating-keys]");
    if (!area || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("textarea, select, input:not([type=radio])")) return;
    const group = event.target.closest("fieldset, [role=radiogroup]");
    const unknown = event.key === "?" || event.key === "0";
    if (!group || !(unknown || /^[1-5]$/.test(event.key))) return;
    const radio = group.querySelector(unknown ? "input[data-unknown]" : `input[type=radio][value="${event.key}"]`);
    if (!radio || radio.disabled) return;
    event.preventDefault();
    radio.focus();
    if (!radio.checked) radio.click();
    if (area.dataset.ratingKeys === "next") moveOn(area, group);
  }

  function moveOn(area, group) {
    const groups = [...area.querySelectorAll("fieldset, [role=radiogroup]")].filter((one) =>
      one.querySelector("input[type=radio]:enabled"),
    );
    const next = groups[groups.indexOf(group) + 1];
    (next?.querySelector("input[type=radio]:checked") || next?.querySelector("input[type=radio]"))?.focus();
  }

  document.addEventListener("keydown", chooseByKey);

  // ---- Small things ---------------------------------------------------------------------------------------------

  function count(field) {
    const output = document.querySelector(field.dataset.counter);
    const left = field.maxLength - field.value.length;
    if (output) output.textContent = left < field.maxLength / 4 ? `${left} characters left` : "";
  }

  async function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    const text = source.value ?? source.textContent.trim();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Over plain http on a workshop's network there is no clipboard: select, so that one keystroke copies.
      getSelection().selectAllChildren(source);
      source.select?.();
      say("The text is selected: copy it with Ctrl+C or ⌘C.", { kind: "info" });
      return;
    }
    say("Copied.", { kind: "info" });
  }

  function listFiles(input) {
    const list = input.closest("[data-dropzone]")?.querySelector("[data-dropzone-list]");
    if (list) list.textContent = [...input.files].map((file) => file.name).join(", ");
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-counter]")) count(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-dropzone] input[type=file]")) listFiles(event.target);
  });

  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const zone = event.target.closest?.("[data-dropzone]");
      if (!zone) return;
      event.preventDefault();
      zone.toggleAttribute("data-over", name === "dragenter" || name === "dragover");
      const input = zone.querySelector("input[type=file]");
      if (name !== "drop" || !input || input.disabled) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  // ---- Menus, messages and the side panel -------------------------------------------------------------------------

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== except) menu.open = false;
  };

  let openedFrom = null;
  const panel = () => document.getElementById("panel");

  function closePanel() {
    if (panel()?.open) panel().close();
  }

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details[data-menu]"));
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
    event.target.closest("[data-dismiss]")?.closest("[data-message]")?.remove();
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    const scrim = event.target === panel() && event.clientX < panel().getBoundingClientRect().left;
    if (scrim) closePanel();
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== panel() || !panel().innerHTML.trim() || panel().open) return;
    openedFrom = event.detail.requestConfig?.elt || document.activeElement;
    panel().showModal();
  });

  // The element that opened the panel may have been redrawn meanwhile; its id is then the way back.
  panel()?.addEventListener("close", () => {
    panel().replaceChildren();
    const back = openedFrom?.isConnected ? openedFrom : openedFrom?.id && document.getElementById(openedFrom.id);
    back?.focus?.();
  });

  document.addEventListener("panel-close", closePanel);

  // ---- Beginning -------------------------------------------------------------------------------------------------

  function prepare(root) {
    for (const form of root.querySelectorAll("form[data-keep]")) wire(form);
    if (root.matches?.("form[data-keep]")) wire(root);
    for (const field of root.querySelectorAll("[data-counter]")) count(field);
  }

  // On a phone the rail is a strip: it begins where the reader is.
  function showWhereWeAre() {
    const rail = document.getElementById("rail");
    const here = rail?.querySelector("[aria-current]");
    if (here) rail.scrollLeft = here.offsetLeft - (rail.clientWidth - here.offsetWidth) / 2;
  }

  showWhereWeAre();
  settleSent();
  prepare(document);
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
})();
