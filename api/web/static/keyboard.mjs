// The whole six-minute path from the keyboard. Single letters count only while nobody is typing.
const cards = () => [...document.querySelectorAll("[data-card]")];

function move(step) {
  const all = cards();
  if (!all.length) return;
  const focused = all.indexOf(document.activeElement);
  const from = focused >= 0 ? focused : all.findIndex((card) => card.hasAttribute("aria-current"));
  const next = all[Math.min(all.length - 1, Math.max(0, from + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** The draft at hand: the one in focus, else the first. */
const draft = () => document.activeElement?.closest(".draft") ?? document.querySelector(".draft");

function press(scope, action) {
  const button = scope?.querySelector(`[data-do="${action}"]`);
  if (button && !button.disabled) button.click();
}

function edit() {
  const details = draft()?.querySelector("details.edit");
  if (!details) return;
  // Opening focuses by its toggle event, which comes later: focusing here too would undo an Escape in between.
  if (details.open) details.querySelector("textarea").focus();
  else details.open = true;
}

const help = () => document.getElementById("help");
const orders = {
  j: () => move(1),
  k: () => move(-1),
  c: () => press(document.getElementById("case"), "claim"),
  a: () => press(draft(), "approve"),
  u: () => press(document.getElementById("case"), "undo"),
  e: edit,
  "?": () => help().showModal(),
};

export function startKeyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select");
    if (event.key === "Escape" && typing) typing.blur();
    if (typing || help().open || !(event.key in orders)) return;
    event.preventDefault();
    orders[event.key]();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help().showModal();
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.edit[open]")) event.target.querySelector("textarea").focus();
  }, true);
}
