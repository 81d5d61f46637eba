// Whether a person is at work with a pointer or with keys, and where keys go after a field.

import { byId } from "./store.js";

export const isByPointer = () => document.body.dataset.by !== "keys";

export function start() {
  const by = (what) => (document.body.dataset.by = what);
  document.addEventListener("pointerdown", () => by("pointer"), true);
  document.addEventListener("keydown", (event) => event.key === "Tab" && by("keys"), true);
  // a list that was chosen from with the mouse lets go of the keys
  document.addEventListener("change", (event) => {
    if (isByPointer() && event.target.matches("select")) event.target.blur();
  });
}

// What was typed is taken: the keys work on the still again.
export function leave(field) {
  if (isByPointer()) field.blur();
  else byId("stage").focus();
}
