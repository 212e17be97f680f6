// What plain pages cannot do alone: search as you type, keys, and the zone of the browser. No page needs it.
"use strict";

const PAUSE_MS = 90; // after the last key, before the search is asked
const search = document.querySelector("[data-search]");

// ---------------------------------------------------------------- the zone of the browser, for the next pages

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const hadZone = document.cookie.split("; ").some((part) => part.startsWith("zone="));
if (!hadZone) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=strict`;
  // Times of this very page were told in UTC: ask once more, unless a zone was chosen.
  if (document.querySelector("time") && !new URLSearchParams(location.search).has("tz") && document.cookie.includes("zone=")) {
    location.reload();
  }
}
for (const choice of document.querySelectorAll("[data-zones]")) {
  choice.addEventListener("change", () => {
    document.cookie = `zone=${choice.value}; path=/; max-age=31536000; samesite=strict`;
  });
}

document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });

// ---------------------------------------------------------------- search as you type

function live(form) {
  const target = document.querySelector(form.dataset.live);
  let timer, running;
  const ask = async () => {
    running?.abort();
    running = new AbortController();
    const values = [...new FormData(form)].filter(([, value]) => value.trim());
    const query = new URLSearchParams(values);
    target.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${form.action}?${query}&part=hits`, { signal: running.signal });
      const text = await answer.text();
      if (answer.ok) target.innerHTML = text;
      else target.replaceChildren(Object.assign(document.createElement("p"), {
        className: "problem", textContent: new DOMParser().parseFromString(text, "text/html").querySelector(".problem")?.textContent || "That did not work.",
      }));
      history.replaceState(null, "", query.size ? `${form.action}?${query}` : form.action);
      target.setAttribute("aria-busy", "false");
    } catch (error) {
      if (error.name === "AbortError") return; // a newer question is on its way
      target.textContent = "The pages do not answer. Is `paceline explore` still running?";
      target.setAttribute("aria-busy", "false");
    }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE_MS); };
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); ask(); });
}
document.querySelectorAll("form[data-live]").forEach(live);

// A form that shows its page anew as soon as a choice is made.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", (event) => { if (event.target.matches("select, [type=checkbox]")) form.requestSubmit(); });
}

// Rows of a table that hold the words typed.
for (const field of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.querySelectorAll(`${field.dataset.filter} tbody tr`)];
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  });
}

// ---------------------------------------------------------------- keys

const results = () => [...document.querySelectorAll("[data-results] a")].filter((link) => link.checkVisibility());

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("input, select, textarea");
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "Enter" && field?.form?.matches("[data-submit-keys]")) field.form.requestSubmit();
    return;
  }
  if (event.altKey || event.isComposing) return;
  if (event.key === "/" && !field && search) {
    event.preventDefault();
    search.focus();
    search.select?.();
  } else if (event.key === "Escape" && document.activeElement?.matches("[data-results] a") && search) {
    search.focus();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && (!field || (field === search && field.type === "search"))) {
    const links = results();
    const at = links.indexOf(document.activeElement);
    if (at < 0 && field !== search) return; // the page scrolls
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) { event.preventDefault(); search?.focus(); }
    else if (links[next]) { event.preventDefault(); links[next].focus(); }
  } else if (event.key === "Enter" && field === search && field?.matches("[data-filter]")) {
    results()[0]?.click();
  }
});
