// Points of a value function are dragged on its curve, by pointer or by arrow keys. What a drag changes is what is typed:
// the form's fields. The server draws the curve and computes the scores anew, as it does for typing.
"use strict";

(() => {
  const WIDTH = 320;
  const HEIGHT = 140;
  let drag = null;

  const field = (name, row) => document.querySelector(`[name="${name}_${row}"]`);
  const plotOf = (handle) => handle.closest("svg");
  const number = (input) => (input && input.value !== "" ? Number(input.value) : null);

  function scaleOf(plot) {
    const first = Number(plot.dataset.first);
    const span = Number(plot.dataset.last) - first || 1;
    return { first, span, step: 10 ** Math.floor(Math.log10(span / 100)) };
  }

  function neighbours(row) {
    const handles = [...document.querySelectorAll("[data-point]")].map((each) => Number(each.dataset.point));
    const place = handles.indexOf(row);
    return [handles[place - 1], handles[place + 1]].map((each) => (each === undefined ? null : number(field("metric", each))));
  }

  function put(row, metric, score, step) {
    const [before, after] = neighbours(row);
    const digits = Math.min(10, Math.max(0, -Math.floor(Math.log10(step))));
    let value = Math.round(metric / step) * step;
    if (before !== null) value = Math.max(value, before + step);
    if (after !== null) value = Math.min(value, after - step);
    if (before === null && number(field("metric", row)) >= 0) value = Math.max(value, 0);
    field("metric", row).value = String(Number(value.toFixed(digits)));
    const target = field("score", row);
    target.value = String(Math.round(Math.min(5, Math.max(1, score)) * 10) / 10);
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function follow(handle, row, scale) {
    const x = (WIDTH * (number(field("metric", row)) - scale.first)) / scale.span;
    const y = (HEIGHT * (5 - number(field("score", row)))) / 4;
    handle.setAttribute("cx", x.toFixed(1));
    handle.setAttribute("cy", y.toFixed(1));
  }

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-point]");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    handle.focus();
    const plot = plotOf(handle);
    drag = { row: Number(handle.dataset.point), scale: scaleOf(plot), toPlot: plot.getScreenCTM().inverse() };
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(drag.toPlot);
    const { row, scale } = drag;
    put(row, scale.first + (at.x / WIDTH) * scale.span, 5 - (4 * at.y) / HEIGHT, scale.step);
    const handle = document.querySelector(`[data-point="${row}"]`);
    if (handle) follow(handle, row, scale);
  });

  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => {
      drag = null;
    });
  }

  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[data-point]");
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (!handle || !(dx || dy)) return;
    event.preventDefault();
    const row = Number(handle.dataset.point);
    const scale = scaleOf(plotOf(handle));
    put(row, number(field("metric", row)) + dx * scale.step, number(field("score", row)) + dy * 0.1, scale.step);
    follow(handle, row, scale);
  });
})();
