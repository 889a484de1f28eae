// What every page starts with.
import { startClocks } from "./clocks.mjs";
import { startKeyboard } from "./keyboard.mjs";
import { startLive } from "./live.mjs";
import { synchronise } from "./time.mjs";

synchronise(document);
startClocks();
startKeyboard();
startLive();

// What is to be written into the configuration can be copied.
document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
    button.textContent = button.dataset.done;
  });
});

// After an action on the case the button that was pressed is gone: the keyboard goes on at the case's heading.
document.addEventListener("htmx:after:swap", () => {
  if (document.activeElement === document.body) document.getElementById("case-title")?.focus({ preventScroll: true });
});
