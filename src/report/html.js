"use strict";
// Filters, sorts and folds what the page already holds. Without this script every row is there and readable.
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const one = (selector, root = document) => root.querySelector(selector);

  // Light and dark: the system's choice until the button says otherwise.
  const theme = one("#theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("azsnap-theme"); } catch { return null; } };
  const isDark = () => (document.documentElement.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  if (["light", "dark"].includes(stored())) document.documentElement.dataset.theme = stored();
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const chosen = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    try { localStorage.setItem("azsnap-theme", chosen); } catch { /* a page opened from disk may have no storage */ }
    label();
  });
  prefersDark.addEventListener("change", label);
  label();

  // Paper shows everything that is not filtered out.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = all("details:not([open])");
    unfolded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => { unfolded.forEach((details) => { details.open = false; }); });

  const later = (work) => {
    let timer = 0;
    return () => { clearTimeout(timer); timer = setTimeout(work, 120); };
  };
  const words = (input) => input.value.toLowerCase().split(/\s+/).filter(Boolean);

  // Tables of rows and of changes: search, and sort by a click on a heading.
  for (const bar of all(".filters[data-for]")) {
    const rows = all("tbody tr", document.getElementById(bar.dataset.for));
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const input = one("input", bar);
    const apply = () => {
      const wanted = words(input);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !wanted.every((word) => texts[index].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      one(".shown", bar).textContent = `${shown} of ${rows.length}`;
    };
    input.addEventListener("input", later(apply));
    bar.hidden = false;
    apply();
  }
  for (const table of all("table.data")) {
    all("thead th", table).forEach((heading, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const falling = heading.getAttribute("aria-sort") === "ascending";
        all("th", heading.parentElement).forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const isNumber = heading.classList.contains("num");
        const key = (row) => {
          const text = row.cells[index] ? row.cells[index].textContent.trim() : "";
          return isNumber ? (text === "" || text === "NULL" ? -Infinity : Number(text)) : text;
        };
        const compare = isNumber ? (a, b) => (a > b) - (a < b) : (a, b) => a.localeCompare(b, "en", { numeric: true });
        const body = table.tBodies[0];
        const keyed = Array.from(body.rows, (row) => [key(row), row]);
        keyed.sort((a, b) => (falling ? compare(b[0], a[0]) : compare(a[0], b[0])));
        body.append(...keyed.map((pair) => pair[1]));
      });
    });
  }

  // The findings.
  const filters = one("#filters");
  if (!filters) return;
  const checks = all("details.check").map((element) => ({
    element,
    severity: element.dataset.severity,
    family: element.dataset.family,
    packs: element.dataset.packs.split(" "),
    text: one("summary", element).textContent.toLowerCase(),
    rows: all("table.findings > tbody > tr", element).map((row) => ({ element: row, text: "" })),
  }));
  const total = checks.reduce((sum, check) => sum + check.rows.length, 0);
  const toggles = all("[data-toggle]", filters);
  const select = (name) => one(`#f-${name}`);
  const text = one("#f-text");
  const fold = one("#fold");

  const apply = () => {
    const wanted = words(text);
    const verdicts = toggles.filter((t) => t.getAttribute("aria-pressed") === "true").map((t) => t.dataset.toggle);
    const [severity, pack, family, subscription] = ["severity", "pack", "family", "subscription"].map((n) => select(n).value);
    const filtersRows = wanted.length > 0 || verdicts.length > 0 || subscription !== "";
    let shown = 0;
    for (const check of checks) {
      const fits = (!severity || check.severity === severity) && (!family || check.family === family) && (!pack || check.packs.includes(pack));
      let visible = 0;
      for (const row of check.rows) {
        if (wanted.length > 0) row.text ||= row.element.textContent.toLowerCase();
        const hit = fits
          && (verdicts.length === 0 || verdicts.includes(row.element.dataset.verdict))
          && (!subscription || row.element.dataset.subscription === subscription)
          && wanted.every((word) => row.text.includes(word) || check.text.includes(word));
        row.element.hidden = !hit;
        visible += hit ? 1 : 0;
      }
      const emptyFits = fits && check.rows.length === 0 && !filtersRows;
      check.element.hidden = visible === 0 && !emptyFits;
      // A hit in a folded check would be one nobody sees.
      if (filtersRows && visible > 0) check.element.open = true;
      shown += visible;
    }
    one("#shown").textContent = shown === total ? `${total} findings` : `${shown} of ${total} findings`;
    one("#nothing").hidden = checks.some((check) => !check.element.hidden);
    one("#reset").disabled = !(filtersRows || severity || pack || family);
  };

  const press = (verdict, on) => {
    for (const toggle of toggles) {
      if (toggle.dataset.toggle === verdict) toggle.setAttribute("aria-pressed", String(on));
    }
  };
  const reset = () => {
    text.value = "";
    toggles.forEach((toggle) => toggle.setAttribute("aria-pressed", "false"));
    all("select", filters).forEach((one) => { one.value = ""; });
  };

  text.addEventListener("input", later(apply));
  all("select", filters).forEach((element) => element.addEventListener("change", apply));
  toggles.forEach((toggle) => toggle.addEventListener("click", () => {
    press(toggle.dataset.toggle, toggle.getAttribute("aria-pressed") !== "true");
    apply();
  }));
  one("#reset").addEventListener("click", () => { reset(); apply(); });
  fold.addEventListener("click", () => {
    const open = fold.textContent === "Open all";
    checks.forEach((check) => { check.element.open = open; });
    fold.textContent = open ? "Close all" : "Open all";
  });
  all("a[data-verdict]").forEach((link) => link.addEventListener("click", () => {
    reset();
    press(link.dataset.verdict, true);
    apply();
  }));
  all("a[data-family]").forEach((link) => link.addEventListener("click", () => {
    reset();
    select("family").value = link.dataset.family;
    apply();
  }));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      text.focus();
    }
  });

  // A check that needs nobody starts folded; its counts stay in sight.
  checks.forEach((check) => { if (check.element.classList.contains("settled")) check.element.open = false; });
  filters.hidden = false;
  apply();
})();
