// The page: brings its parts together and keeps up with the server.

import { get } from "./api.js";
import * as color from "./color.js";
import * as focus from "./focus.js";
import * as keys from "./keys.js";
import * as photo from "./photo.js";
import * as play from "./play.js";
import * as questions from "./questions.js";
import * as queue from "./queue.js";
import * as shotpanel from "./shotpanel.js";
import * as still from "./still.js";
import { adopt, byId, goTo, on, store } from "./store.js";
import * as strip from "./strip.js";
import * as tabs from "./tabs.js";

function show() {
  const { view } = store;
  document.title = `${view.film} · vidcolor studio`;
  byId("film").textContent = view.film;
  for (const [id, what] of [["undo", view.undo], ["redo", view.redo]]) {
    byId(id).disabled = !what;
    byId(id).title = what ? `${id === "undo" ? "Undo" : "Redo"}: ${what}` : `Nothing to ${id}`;
  }
  const { done, total } = view.analyzed;
  const isAnalyzing = !view.shots && !view.problem;
  const progress = done ? `: frame ${done}${total ? ` of ${total}` : ""}` : "";
  const text = view.problem ?? (isAnalyzing ? `Analyzing the film${progress}` : view.ready ? "" : "Loading the networks …");
  byId("banner").textContent = text;
  byId("banner").hidden = !text;
  byId("banner").classList.toggle("bad", Boolean(view.problem));
  document.body.dataset.ready = Boolean(view.ready && view.shots);
}

let isFirst = true;
let isLost = false;

async function keepUp() {
  let wait = 2500;
  try {
    const known = store.view;
    const [pulse, first] = await Promise.all([get("/api/pulse"), known ? null : get("/api/state")]);
    const isNew = first || ["version", "ready", "problem", "seen", "compared", "unlike", "analyzed"].some((n) => pulse[n] !== known.pulse?.[n]);
    if (isNew || isLost) {
      const view = first ?? (await get("/api/state"));
      view.pulse = pulse;
      adopt(view);
    }
    isLost = false;
    if (isFirst && store.view.shots) {
      isFirst = false;
      goTo(Number(sessionStorage.getItem("shot") ?? 0) || 0);
      if (!store.view.shots[store.shot]) goTo(0);
    }
    if (!pulse.ready) wait = 600;
  } catch (problem) {
    isLost = true;
    byId("banner").textContent = problem.message;
    byId("banner").hidden = false;
    byId("banner").classList.add("bad");
  }
  setTimeout(keepUp, wait);
}

const themes = ["", "light", "dark"];
function theme(next) {
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
}

focus.start();
tabs.start();
strip.start();
still.start();
color.start();
photo.start();
play.start();
questions.start();
shotpanel.start();
queue.start();
keys.start();
on("view", show);
on("place", () => sessionStorage.setItem("shot", store.shot));
byId("undo").addEventListener("click", keys.undo);
byId("redo").addEventListener("click", keys.redo);
theme(localStorage.getItem("theme") ?? "");
byId("theme").addEventListener("click", () => {
  const now = themes.indexOf(document.documentElement.dataset.theme ?? "");
  const next = themes[(now + 1) % 3];
  localStorage.setItem("theme", next);
  theme(next);
});
keepUp();
