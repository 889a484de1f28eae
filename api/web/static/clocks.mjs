// Everything that shows time: the rings of the cases, countdowns, "3 minutes ago", and local times.
import { duration, length, locale, now, word } from "./time.mjs";

function show(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function tickCase(element, at) {
  if ("stopped" in element.dataset) return;
  const [since, limit] = [Date.parse(element.dataset.since), Date.parse(element.dataset.limit)];
  const golden = Math.min(Date.parse(element.dataset.golden), limit);
  const state = at < golden ? "golden" : at < limit ? "late" : "overdue";
  const until = state === "golden" ? golden : limit;
  const left = until > since ? Math.min(1, Math.max(0, (until - at) / (until - since))) : 0;
  const far = Math.abs(until - at) >= 3600000;
  element.className = `clock clock-${state}${far ? " clock-long" : ""}`;
  element.querySelector(".ring-left")?.setAttribute("stroke-dasharray", `${(left * 100).toFixed(2)} 100`);
  show(element.querySelector("[data-clock-time]"), (state === "overdue" ? "+" : "") + length(until - at));
  show(element.querySelector("[data-clock-words]"), word(state === "golden" && golden === limit ? "clock.late" : `clock.${state}`));
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "always" });

function ago(at, present) {
  const seconds = Math.min(-1, Math.round((at - present) / 1000));
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (-seconds >= size * 1.2) return relative.format(Math.round(seconds / size), unit);
  }
  return relative.format(seconds, "second");
}

function tick() {
  const present = now();
  document.querySelectorAll("[data-clock]").forEach((element) => tickCase(element, present));
  document.querySelectorAll('time[data-at="ago"]').forEach((element) => show(element, ago(Date.parse(element.dateTime), present)));
  document.querySelectorAll("[data-until]").forEach((element) => {
    const left = Date.parse(element.dataset.until) - present;
    show(element, left > 0 ? duration(left + 999) : "");
  });
}

/** The server writes local times once it knows the browser's zone; the very first page is put right here. */
function localise() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.querySelector('meta[name="sixminute-zone"]').content === zone) return;
  document.cookie = `sixminute_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=strict`;
  const [clock, day] = [{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, { month: "short", day: "numeric" }];
  const today = new Date(now()).toDateString();
  document.querySelectorAll('time[data-at="moment"]').forEach((element) => {
    const at = new Date(element.dateTime);
    const time = at.toLocaleTimeString(locale, clock);
    show(element, at.toDateString() === today ? time : `${at.toLocaleDateString(locale, day)} ${time}`);
  });
}

export function startClocks() {
  localise();
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", tick);
}
