// Draws <div data-chart="id of a json_script" data-plotly-src="..."> with Plotly, which is fetched when the first
// chart scrolls into view. Colours come from the page's own tokens and follow the theme switch.
"use strict";

(() => {
  const NONCE = document.currentScript.nonce;
  // Plotly adds rules to two style elements; under the policy they must carry the nonce, so they are put here first.
  // The second would hold the styles of maps, which no chart of ours is: empty and present, it is left alone.
  const STYLE_IDS = ["plotly.js-style-global", "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53"];
  const CONFIG = { responsive: true, displaylogo: false, displayModeBar: false };
  const drawn = new Set();
  let loading = null;

  function prepareStyles() {
    for (const id of STYLE_IDS) {
      if (document.getElementById(id)) continue;
      const style = document.createElement("style");
      style.id = id;
      style.nonce = NONCE;
      document.head.append(style);
    }
  }

  function loadPlotly(address) {
    loading ??= new Promise((resolve, reject) => {
      prepareStyles();
      const script = document.createElement("script");
      script.src = address;
      script.nonce = NONCE;
      script.addEventListener("load", () => resolve(window.Plotly));
      script.addEventListener("error", () => {
        loading = null;
        script.remove();
        reject(new Error("Plotly could not be fetched"));
      });
      document.head.append(script);
    });
    return loading;
  }

  function colours() {
    const probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
    const read = (token) => {
      probe.style.color = `var(--${token})`;
      return getComputedStyle(probe).color;
    };
    const names = ["ink", "muted", "line", "line-strong", "raised", "c1", "c2", "c3", "c4", "c5", "c6"];
    const found = Object.fromEntries(names.map((name) => [name, read(name)]));
    probe.remove();
    return found;
  }

  function themedAxis(axis, colour) {
    return {
      gridcolor: colour.line,
      linecolor: colour["line-strong"],
      zerolinecolor: colour["line-strong"],
      automargin: true,
      ...axis,
    };
  }

  function themed(layout) {
    const colour = colours();
    const own = layout ?? {};
    const axes = Object.keys(own).filter((name) => /^[xy]axis\d*$/.test(name));
    const themedAxes = ["xaxis", "yaxis", ...axes].map((name) => [name, themedAxis(own[name], colour)]);
    return {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: ["c1", "c2", "c3", "c4", "c5", "c6"].map((name) => colour[name]),
      margin: { l: 8, r: 8, t: 8, b: 8 },
      ...own,
      font: { color: colour.ink, family: getComputedStyle(document.body).fontFamily, size: 13, ...own.font },
      hoverlabel: { bgcolor: colour.raised, bordercolor: colour["line-strong"], font: { color: colour.ink } },
      ...Object.fromEntries(themedAxes),
      shapes: (own.shapes ?? []).map((shape) => ({ ...shape, line: { color: colour.ink, ...shape.line } })),
    };
  }

  // A stroke has no fill of its own, nor have the whiskers of a bar: they take the ink, else they stay dark on dark.
  function inked(traces) {
    const { ink } = colours();
    return traces.map((trace) => {
      if (trace.marker?.symbol === "line-ns")
        return { ...trace, marker: { ...trace.marker, line: { color: ink, ...trace.marker.line } } };
      if (trace.type === "bar" && trace.error_y) return { ...trace, error_y: { color: ink, ...trace.error_y } };
      return trace;
    });
  }

  function figureOf(place) {
    const holder = document.getElementById(place.dataset.chart);
    return holder ? JSON.parse(holder.textContent) : null;
  }

  // A height of its own: when the window changes its size, Plotly asks the element, not the figure, how high to be.
  function reserve(place) {
    const height = figureOf(place)?.layout?.height;
    if (height) place.style.height = `${height}px`;
  }

  async function draw(place) {
    if (!figureOf(place)) return;
    reserve(place);
    try {
      const plotly = await loadPlotly(place.dataset.plotlySrc);
      // While Plotly came, another figure may have taken the first one's place, or none.
      const figure = figureOf(place);
      if (!figure || !place.isConnected) return;
      drawn.add(place); // before it is drawn: what changes meanwhile draws it again
      await plotly.react(place, inked(figure.data), themed(figure.layout), CONFIG);
      place.dataset.drawn = "yes";
    } catch {
      place.dataset.drawn = "no";
    }
  }

  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((one) => one.isIntersecting)) {
        seen.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "200px" },
  );

  function watch(root) {
    for (const place of drawn) {
      if (place.isConnected) continue;
      window.Plotly.purge(place);
      drawn.delete(place);
    }
    for (const place of drawn) if (root.id && place.dataset.chart === root.id) draw(place); // its figure was exchanged
    if (root.matches?.("[data-chart]")) seen.observe(root);
    for (const place of root.querySelectorAll("[data-chart]")) {
      if (drawn.has(place)) continue;
      reserve(place);
      seen.observe(place);
    }
  }

  document.addEventListener("htmx:load", (event) => watch(event.detail.elt));
  document.addEventListener("themechange", () => drawn.forEach(draw));
  watch(document);
})();
