// What neither HTML nor htmx does alone. Pages work without it: it only adds comfort. No eval, no styles, no requests of its own.

(() => {
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const element = event.target instanceof Element ? event.target.closest(selector) : null;
      if (element) act(element, event);
    });

  // "/" goes to the search, unless someone is writing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]")) return;
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // Theme: an attribute on the root now, a cookie so that the server writes the attribute into the next page.
  const root = document.documentElement;
  const markTheme = () => {
    for (const button of document.querySelectorAll("[data-theme-set]"))
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === (root.dataset.theme ?? "auto")));
  };
  on("click", "[data-theme-set]", (button) => {
    const theme = button.dataset.themeSet;
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; secure" : "";
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain http.
    document.cookie = `theme=${theme}; path=/; max-age=${theme === "auto" ? 0 : 31536000}; samesite=lax${secure}`;
    markTheme();
  });
  markTheme();

  // <button command="show-modal" commandfor="id"> for browsers that don't know it yet.
  if (!("commandForElement" in HTMLButtonElement.prototype))
    on("click", "button[commandfor]", (button) => {
      const dialog = document.getElementById(button.getAttribute("commandfor"));
      if (button.getAttribute("command") === "show-modal") dialog?.showModal();
      if (button.getAttribute("command") === "close") dialog?.close();
    });
  on("click", "dialog.drawer a[href]", (link) => link.closest("dialog").close());

  // An open menu closes by a click elsewhere and by Escape, which gives the focus back to its button.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    }
  });

  // Toasts: from here, from HX-Trigger: {"toast": {"tone": "good", "text": "Saved"}}, and for what went wrong on the way.
  const toast = (tone, text) => {
    const region = document.getElementById("toasts");
    if (!region || [...region.children].some((note) => note.dataset.text === text)) return;
    const note = document.createElement("div");
    note.className = `note ${tone}`;
    note.dataset.text = text;
    const words = document.createElement("div");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "close";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", "Dismiss");
    close.textContent = "✕";
    note.append(words, close);
    region.append(note);
    if (tone !== "bad") setTimeout(() => note.remove(), 6000);
  };
  on("click", "[data-print]", () => print());
  on("click", "[data-dismiss]", (button) => button.closest(".note")?.remove());
  const TONES = ["good", "warn", "bad", "info"];
  document.addEventListener("toast", (event) =>
    toast(TONES.includes(event.detail?.tone) ? event.detail.tone : "info", String(event.detail?.text ?? "")),
  );
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail?.ctx?.response?.status ?? 0;
    if (status >= 500) toast("bad", "The server could not do this. Nothing was changed; try again in a minute.");
    if (status === 401) toast("bad", "Your session has ended. Sign in again in another tab, then repeat this.");
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.ctx && !event.detail.ctx.response) toast("bad", "The server did not answer. Check the connection and try again.");
  });

  on("click", "[data-copy]", async (button) => {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      toast("good", "Copied");
    } catch {
      getSelection()?.selectAllChildren(source);
      toast("info", "Selected: copy it with Ctrl+C");
    }
  });

  // Filters apply as soon as they are chosen.
  on("change", "form[data-auto]", (form) => form.requestSubmit());

  // A file drop says what was dropped.
  on("change", ".drop input[type=file]", (input) => {
    const words = input.closest(".drop").querySelector("[data-file]");
    if (words && input.files.length > 0) words.textContent = [...input.files].map((file) => file.name).join(", ");
  });
  on("dragover", ".drop", (drop) => drop.classList.add("over"));
  for (const type of ["dragleave", "drop"]) on(type, ".drop", (drop) => drop.classList.remove("over"));

  on("click", "[data-print]", () => print());
})();
