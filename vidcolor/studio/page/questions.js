// Questions: the places where the machine is least sure for longest, answered with single keys.

import { likelyList, takeLikely } from "./color.js";
import { byId, entriesOf, goTo, on, shotOf, store } from "./store.js";
import { ask } from "./still.js";
import { openName } from "./tabs.js";

const skipped = new Set();
const asked = [];
let now = null;

export function start() {
  on("tab", () => isOpen() && begin());
  on("view", () => isOpen() && (now ? count() : begin()));
  on("here", () => isOpen() && likelyList(byId("answers"), { keep: true }));
  byId("skip").addEventListener("click", skip);
  byId("question-back").addEventListener("click", back);
  byId("answers").addEventListener("click", (event) => event.target.closest("button") && setTimeout(answered));
}

const isOpen = () => openName() === "questions";

function open() {
  const weight = (shot) => shot.seen.there * (shot.seconds[1] - shot.seconds[0]);
  return (store.view.shots ?? [])
    .filter((shot) => shot.seen && !skipped.has(shot.number) && !entriesOf(shot.number).length)
    .filter((shot) => !store.view.done.includes(shot.number))
    .sort((a, b) => weight(b) - weight(a));
}

function begin() {
  now = null;
  next();
}

function next() {
  const [shot] = open();
  if (!shot) {
    now = null;
    byId("answers").replaceChildren();
    const isLooking = (store.view?.shots ?? []).some((s) => !s.seen);
    byId("question-text").textContent = isLooking ? "Looking at the shots …" : "No more questions.";
    return;
  }
  show(shot.number);
}

function show(number) {
  now = number;
  const { seen } = shotOf(number);
  goTo(number, seen.frame);
  ask({ x: seen.x, y: seen.y });
  count();
}

function count() {
  const left = open().length;
  byId("question-text").textContent = `Shot ${now}: what color is this? ${left} ${left === 1 ? "question" : "questions"} left.`;
}

function answered() {
  asked.push(now);
  skipped.add(now);
  next();
}

export function answer(n) {
  if (!isOpen() || now === null) return false;
  if (takeLikely(n, { keep: true })) answered();
  return true;
}

export function skip() {
  if (!isOpen() || now === null) return;
  asked.push(now);
  skipped.add(now);
  next();
}

export function back() {
  if (!isOpen() || !asked.length) return;
  const number = asked.pop();
  skipped.delete(number);
  show(number);
}
