// Questions: the places whose color would settle most, answered one after another with single keys.

import { get } from "./api.js";
import { likelyList, takeLikely } from "./color.js";
import { ask } from "./still.js";
import { byId, entriesOf, goTo, on, store, tell } from "./store.js";
import { openName } from "./tabs.js";

const over = new Set(); // keys of those that were answered or skipped
const asked = [];
let found = null; // of the whole film; null = not known yet
let version = null;
let now = null;

export function start() {
  on("tab", () => isOpen() && begin());
  on("view", () => isOpen() && (now ? count() : begin()));
  on("here", () => isOpen() && likelyList(byId("answers")));
  on("taken", taken);
  byId("skip").addEventListener("click", skip);
  byId("question-back").addEventListener("click", back);
  byId("everywhere").addEventListener("change", scoped);
}

const isOpen = () => openName() === "questions";

const keyOf = (question) => `${question.frame} ${question.x} ${question.y}`;

// Until the shots were compared with each other, the least sure place of each shot that nothing was said of.
function ofShots() {
  const weight = (shot) => shot.seen.there * (shot.seconds[1] - shot.seconds[0]);
  return (store.view.shots ?? [])
    .filter((shot) => shot.seen && !entriesOf(shot.number).length)
    .sort((a, b) => weight(b) - weight(a))
    .map((shot) => ({ shot: shot.number, frame: shot.seen.frame, x: shot.seen.x, y: shot.seen.y, shots: [shot.number] }));
}

const open = () =>
  (found ?? ofShots()).filter((q) => !over.has(keyOf(q)) && !store.view.done.includes(q.shot));

async function learn() {
  if (version === store.view.version && found) return;
  try {
    found = (await get("/api/questions")).questions;
    version = store.view.version;
  } catch {
    found = null;
  }
}

async function begin() {
  now = null;
  await learn();
  if (isOpen() && !now) next();
}

function next() {
  if (now) {
    over.add(keyOf(now));
    asked.push(now);
  }
  // what the answer settles is left out when the server has said so; nobody waits for that
  learn();
  const [question] = open();
  if (question) {
    show(question);
    return;
  }
  now = null;
  byId("answers").replaceChildren();
  byId("everywhere-row").hidden = true;
  const isLooking = (store.view?.shots ?? []).some((shot) => !shot.seen);
  byId("question-text").textContent = isLooking ? "Looking at the shots …" : "No more questions.";
}

function show(question) {
  now = question;
  goTo(question.shot, question.frame);
  if (question.likely) {
    store.pending = { kind: "points", frame: question.frame, x: question.x, y: question.y };
    store.here = { L: question.L, likely: question.likely };
    scoped();
    tell("selection", "here");
  } else ask(question);
  count();
}

// The answer counts in all shots where the thing recurs, or in its own alone.
function scoped() {
  const row = byId("everywhere-row");
  row.hidden = !now || now.shots.length < 2;
  if (!now) return;
  const others = now.shots.filter((number) => number !== now.shot);
  byId("everywhere-text").textContent = `Also where it recurs: ${others.length === 1 ? "shot" : "shots"} ${others.slice(0, 12).join(", ")}${others.length > 12 ? " …" : ""}`;
  if (!store.pending) return;
  delete store.pending.scope;
  if (now.shots.length > 1 && byId("everywhere").checked) store.pending.scope = now.shots;
}

function count() {
  const left = open().length;
  const worth = now.worth ? ` Its answer settles ${(100 * now.worth).toFixed(1)} % of all doubt.` : "";
  byId("question-text").textContent = `Shot ${now.shot}: what color is this?${worth} ${left} ${left === 1 ? "question" : "questions"} left.`;
}

export function answer(n) {
  if (!isOpen() || now === null) return false;
  // where somebody looked elsewhere meanwhile: back to what is asked
  if (!takeLikely(n)) show(now);
  return true;
}

// A color was used: for the place that is asked about, or for another one meanwhile.
function taken() {
  if (!isOpen() || now === null) return;
  if (keyOf(store.taken) === keyOf(now)) next();
  else show(now);
}

export function skip() {
  if (isOpen() && now) next();
}

export function back() {
  if (!isOpen() || !asked.length) return;
  const question = asked.pop();
  over.delete(keyOf(question));
  show(question);
}
