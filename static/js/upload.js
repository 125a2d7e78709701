// Shows how far the files of a form marked data-upload have been sent; what becomes of them the page's list says.
"use strict";

(() => {
  const progressOf = (form) => form.querySelector("[data-upload-progress]");

  function show(event) {
    const form = event.target.closest?.("form[data-upload]");
    const { loaded, total, lengthComputable } = event.detail;
    if (!form || !lengthComputable) return;
    const place = progressOf(form);
    place.hidden = false;
    place.querySelector("progress").value = Math.round((100 * loaded) / total);
  }

  function hide(event) {
    const form = event.target.closest?.("form[data-upload]");
    if (form) progressOf(form).hidden = true;
  }

  document.addEventListener("htmx:xhr:progress", show);
  document.addEventListener("htmx:afterRequest", hide);
})();
