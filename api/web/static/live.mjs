// Live updates: the server says what kind of thing has changed; the page is fetched once and only the parts concerned
// are brought up to date. Nothing moves under a pointer or a keyboard: what is new waits behind "12 new".
import { synchronise, word } from "./time.mjs";

const QUIET = 1000;
const EVERY = 10000;
const concerned = new Set();
let timer = 0;
let latest = 0;

const busy = (element) => element.matches(":hover") || element.contains(document.activeElement);
const edited = (element) =>
  [...element.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue || area === document.activeElement);
const keys = (element) => [...element.querySelectorAll("[data-key]")].map((item) => item.dataset.key);

function put(element, fresh) {
  const before = new Set(keys(element));
  const open = [...element.querySelectorAll("details[open]")].map((item) => item.className);
  window.htmx.swap({ text: fresh.outerHTML, target: element, sourceElement: element, swap: "outerMorph" });
  const shown = document.getElementById(fresh.id);
  open.forEach((name) => shown?.querySelectorAll(`details.${name}`).forEach((item) => (item.open = true)));
  shown?.querySelectorAll("[data-key]").forEach((item) => {
    if (!before.has(item.dataset.key)) item.classList.add("arrived");
  });
}

function hold(element, fresh) {
  const known = new Set(keys(element));
  const count = keys(fresh).filter((key) => !known.has(key)).length;
  const pill = element.querySelector("[data-pill]");
  if (!pill || !count) return;
  pill.textContent = word("live.new", { n: count });
  pill.hidden = false;
  pill.onclick = () => put(element, fresh);
}

function update(element, fresh) {
  if (element.id === "case") {
    if (element.dataset.case === fresh.dataset.case && element.dataset.version === fresh.dataset.version && !fresh.querySelector(".delivery")) return;
    if (edited(element) || element.dataset.case !== fresh.dataset.case && element.dataset.case) {
      const note = element.querySelector("[data-changed]");
      if (note && element.dataset.case === fresh.dataset.case) note.hidden = false;
      return;
    }
  } else if ("list" in element.dataset && ("hold" in element.dataset ? keys(element).length : busy(element))) {
    hold(element, fresh);
    return;
  }
  put(element, fresh);
}

async function refresh() {
  const kinds = new Set(concerned);
  concerned.clear();
  latest = Date.now();
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  synchronise(page);
  for (const element of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(element.id);
    if (!fresh && !edited(document)) return location.reload();
    if (fresh && element.dataset.live.split(" ").some((kind) => kinds.has(kind))) update(element, fresh);
  }
  document.dispatchEvent(new CustomEvent("sixminute:fresh", { detail: kinds }));
}

function changed(kind) {
  concerned.add(kind);
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    refresh().catch(() => concerned.add(kind));
  }, Math.max(150, QUIET - (Date.now() - latest)));
}

export function startLive() {
  const lost = document.getElementById("lost");
  const stream = new EventSource("/api/v1/stream");
  const kinds = ["mentions", "incidents", "cases", "deliveries", "health"];
  kinds.forEach((kind) => stream.addEventListener(kind, () => changed(kind)));
  // What changed between the reading of the page and its first word from the stream is told by nobody.
  let seen = JSON.parse(document.getElementById("seen").textContent);
  stream.addEventListener("ready", (event) => {
    const told = JSON.parse(event.data);
    kinds.filter((kind) => kind in seen && JSON.stringify(seen[kind]) !== JSON.stringify(told[kind])).forEach(changed);
    seen = {};
  });
  stream.onerror = () => (lost.hidden = false);
  stream.onopen = () => {
    if (!lost.hidden) kinds.forEach(changed);
    lost.hidden = true;
  };
  window.addEventListener("pagehide", () => stream.close());
  // Signs of life come too often for the server to tell of each: what shows them looks again by itself.
  if (document.querySelector('[data-live~="sight"]')) setInterval(() => document.hidden || changed("sight"), EVERY);
}
