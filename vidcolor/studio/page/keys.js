// Keys for everything.

import { act, byId, goToFrame, make, store, tell } from "./store.js";
import { again, remove, takeLikely, toggleLock } from "./color.js";
import { isByPointer } from "./focus.js";
import { toggle } from "./play.js";
import { answer, back, skip } from "./questions.js";
import { toggleDone } from "./shotpanel.js";
import { choose, fit, marking, veil, zoom } from "./still.js";
import { step } from "./strip.js";
import { openTab } from "./tabs.js";

const KEYS = [
  ["] or Page Down", "next shot", "]", () => step(1)],
  ["[ or Page Up", "shot before", "[", () => step(-1)],
  [", and . or Left and Right", "a frame back, a frame on", ",", () => goToFrame(store.frame - 1)],
  ["", "", ".", () => goToFrame(store.frame + 1)],
  ["Space", "play or stop", " ", toggle],
  ["1 to 5", "take a likely color, or answer the question", "", null],
  ["A", "take the color that was used last", "a", again],
  ["P  S  E  I  H", "point, stroke, erase, pick, hand", "p", () => choose("point")],
  ["", "", "s", () => choose("stroke")],
  ["", "", "e", () => choose("erase")],
  ["", "", "i", () => choose("pick")],
  ["", "", "h", () => choose("hand")],
  ["Arrows, Enter", "on the still, reached with Tab: move the cross (faster with Shift), use the tool there", "", null],
  ["U", "show where the machine is unsure", "u", veil],
  ["M", "show or hide points and strokes", "m", marking],
  ["C", "compare with before the last change", "c", compare],
  ["L", "lock or unlock the chosen point", "l", toggleLock],
  ["Delete", "remove the chosen point", "delete", remove],
  ["D", "the shot is done", "d", toggleDone],
  ["N and B", "skip the question, go back to the one before", "n", skip],
  ["", "", "b", back],
  ["Q", "questions", "q", () => openTab("questions")],
  ["R", "render", "r", () => openTab("render")],
  ["+  -  0", "zoom in, out, fit", "+", () => zoom(1.4)],
  ["", "", "-", () => zoom(1 / 1.4)],
  ["", "", "0", fit],
  ["Ctrl+Z", "undo", "", null],
  ["Ctrl+Shift+Z", "redo", "", null],
  ["Escape", "let go of the place or point", "escape", letGo],
  ["?", "these keys", "?", () => byId("help").showModal()],
];

const NAMES = { pagedown: "]", pageup: "[", arrowleft: ",", arrowright: ".", backspace: "delete" };

export const undo = () => store.view?.undo && act("/api/undo", {}, () => `undone: ${store.view.undo}, saved`);
export const redo = () => store.view?.redo && act("/api/redo", {}, () => `done again: ${store.view.redo}, saved`);

export function start() {
  byId("keys").replaceChildren(
    ...KEYS.filter(([keys]) => keys).flatMap(([keys, what]) => [make("dt", {}, keys), make("dd", {}, what)]),
  );
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  document.addEventListener("keydown", pressed);
}

function compare() {
  const choice = byId("against");
  choice.value = choice.value === "previous" ? "before" : "previous";
  choice.dispatchEvent(new Event("change"));
}

function letGo() {
  store.selected = null;
  store.pending = null;
  tell("selection");
}

function pressed(event) {
  if (byId("help").open) return;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
    if (isTyping(event.target)) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) redo();
    else undo();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  // a button that was reached with keys keeps what presses it
  if (key === " " && event.target.matches("button, summary, a, input")) {
    if (!isByPointer()) return;
    event.target.blur();
  }
  if (/^[1-5]$/.test(key)) {
    if (!answer(Number(key) - 1)) takeLikely(Number(key) - 1);
    return;
  }
  if (key.startsWith("arrow") && event.target.matches("input, [role=tab], canvas")) return;
  const name = NAMES[key] ?? key;
  const found = KEYS.find(([, , own]) => own === name);
  if (!found?.[3]) return;
  event.preventDefault();
  found[3]();
}

const isTyping = (element) =>
  element.matches("select, textarea, input:not([type=range]):not([type=checkbox])");
