// Hears that something changed and says so on the page: "revision" and "job" on the body. What changed, the page's
// own parts ask the server for. <body data-live-ticket="..."> names the address of fresh tickets; data-live on the
// body tells how it goes: "on", "polling" or "off".
"use strict";

(() => {
  const ticketUrl = document.body.dataset.liveTicket;
  if (!ticketUrl) return;

  const POLL_MS = 3000;
  const SILENCE_MS = 45000;
  const LONGEST_WAIT_MS = 30000;
  const OPENING_MS = 5000;
  const SETTLED_MS = 100;
  const NO_LONGER_ALLOWED = new Set([401, 403, 404]);

  let source = null;
  let attempt = 0;
  let round = 0;
  let ended = false;
  let retryTimer = 0;
  let pollTimer = 0;
  let silenceTimer = 0;
  let openingTimer = 0;
  let againTimer = 0;

  function tell(name, detail) {
    if (window.htmx) window.htmx.trigger(document.body, name, detail);
    else document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  function ask() {
    tell("revision", { revision: "?" });
    tell("job", { job: "?" });
  }

  // A part that redraws itself takes the requests waiting for it along, and its successor listens only once htmx has
  // settled: what was told from its asking until then is told again. So is everything when the part was redrawn by
  // another request meanwhile, a form's answer for example: then its own answer met nobody.
  const asked = new WeakSet();
  const drawn = new WeakSet();
  let told = 0;
  const follows = (part) => /\b(revision|job) from:body/.test(part.getAttribute?.("hx-trigger") ?? "");

  for (const name of ["revision", "job"]) {
    document.body.addEventListener(name, (event) => {
      if (!event.detail?.again) told += 1;
    });
  }

  function tellAgain() {
    tell("revision", { revision: "?", again: true });
    tell("job", { job: "?", again: true });
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    drawn.add(event.detail.xhr);
  });

  document.addEventListener("htmx:beforeSend", (event) => {
    const { elt, xhr } = event.detail;
    if (!follows(elt)) return;
    const then = told;
    asked.add(xhr);
    // Not htmx:afterRequest: nobody hears what htmx tells about a part that is no longer there.
    xhr.addEventListener("loadend", () => {
      if (elt.isConnected) return;
      setTimeout(() => {
        if (then !== told || !drawn.has(xhr)) tellAgain();
      }, SETTLED_MS);
    });
  });

  // A part that was refused because the server was busy or away asks again, else it would stay as it was.
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const { xhr } = event.detail;
      if (!asked.has(xhr) || (xhr.status && xhr.status < 500) || !navigator.onLine) return;
      clearTimeout(againTimer);
      againTimer = setTimeout(tellAgain, POLL_MS);
    });
  }

  function show(state) {
    document.body.dataset.live = state;
  }

  function startPolling() {
    if (pollTimer || ended || !navigator.onLine) return;
    show("polling");
    pollTimer = setInterval(ask, POLL_MS);
  }

  function stopPolling() {
    clearInterval(pollTimer);
    pollTimer = 0;
  }

  function close() {
    round += 1;
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
    clearTimeout(openingTimer);
    if (source) source.close();
    source = null;
  }

  function end() {
    ended = true;
    close();
    stopPolling();
    show("off");
  }

  function retry(afterMs) {
    close();
    if (ended || !navigator.onLine) return;
    const ceiling = Math.min(LONGEST_WAIT_MS, 500 * 2 ** attempt);
    attempt = Math.min(attempt + 1, 10);
    retryTimer = setTimeout(connect, afterMs ?? ceiling * (0.5 + Math.random() / 2));
  }

  function failed() {
    startPolling();
    retry();
  }

  function heard() {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(() => {
      ask();
      failed();
    }, SILENCE_MS);
  }

  async function freshAddress() {
    const response = await fetch(ticketUrl, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (NO_LONGER_ALLOWED.has(response.status) || response.redirected) return null;
    if (!response.ok) throw new Error("no ticket");
    return (await response.json()).url;
  }

  async function connect() {
    close();
    const mine = round;
    let address;
    try {
      address = await freshAddress();
    } catch {
      if (mine === round) failed();
      return;
    }
    if (mine !== round) return;
    if (address === null) end();
    else listen(address);
  }

  function listen(address) {
    source = new EventSource(address);
    openingTimer = setTimeout(failed, OPENING_MS);
    source.addEventListener("open", () => {
      clearTimeout(openingTimer);
      stopPolling();
      show("on");
      heard();
    });
    source.addEventListener("revision", (event) => {
      attempt = 0;
      heard();
      tell("revision", { revision: event.data });
    });
    source.addEventListener("job", (event) => {
      heard();
      tell("job", { job: event.data });
    });
    source.addEventListener("beat", heard);
    source.addEventListener("end", (event) => retry(Number(event.data) || undefined));
    source.addEventListener("error", failed);
  }

  function start() {
    if (ended) return;
    attempt = 0;
    connect();
  }

  window.addEventListener("offline", () => {
    close();
    stopPolling();
    show("off");
  });
  window.addEventListener("online", () => {
    ask();
    start();
  });
  window.addEventListener("pagehide", () => {
    close();
    stopPolling();
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    ask();
    start();
  });
  start();
})();
