// The server's time: browsers' clocks are often wrong by more than the seconds that matter here.
let skew = 0;

/** Take the moment at which a page was made as the present one. */
export function synchronise(root) {
  const made = Date.parse(root.querySelector('meta[name="sixminute-now"]')?.content ?? "");
  if (!Number.isNaN(made)) skew = made - Date.now();
}

/** Milliseconds since 1970 by the server's clock. */
export function now() {
  return Date.now() + skew;
}

/** 4:05, 23:04:05 */
export function duration(milliseconds) {
  const whole = Math.floor(Math.abs(milliseconds) / 1000);
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** As the server writes dates: the English of these pages puts the day before the month. */
export const locale = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;

const words = JSON.parse(document.getElementById("words").textContent);

/** A text of the page with its placeholders filled. */
export function word(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key]);
}

/** As the clock of a case shows it: 4:05, and from an hour on without seconds: 16 h 55 min, 2 days 3 h. */
export function length(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / 60000);
  if (minutes >= 1440) return word("clock.days", { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24 });
  return minutes >= 60 ? word("clock.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 }) : duration(milliseconds);
}
