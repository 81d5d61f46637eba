// What all parts of the page share: the server's view of the film, and where the person is in it.

import { Problem, get, post } from "./api.js";

export const store = {
  view: null, // of the server
  shot: 0, // number of the shot that is looked at
  frame: 0, // number of the frame that is looked at
  selected: null, // {kind, index} of an entry
  pending: null, // a place without a color yet: {kind, frame, x, y} or {kind, frame, line}
  here: null, // what the colorizer says of the place: {L, likely}
  taken: null, // the last place that got a color
  tool: "point",
  color: "#a05a3c",
  radius: 0.02,
  played: new Set(), // shots that were played whole, as "number told"
};

const listeners = new Map();

export function on(names, listener) {
  for (const name of names.split(" ")) {
    if (!listeners.has(name)) listeners.set(name, []);
    listeners.get(name).push(listener);
  }
}

export function tell(...names) {
  for (const listener of new Set(names.flatMap((name) => listeners.get(name) ?? []))) listener();
}

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const shotOf = (number) => store.view?.shots?.[number];

export function shotAt(frame) {
  return store.view.shots.find((shot) => shot.start <= frame && frame < shot.end);
}

export const entriesOf = (shot) => (store.view.entries ?? []).filter((item) => item.shot === shot);

export function selectedItem() {
  const chosen = store.selected;
  if (!chosen) return null;
  return store.view.entries.find((i) => i.kind === chosen.kind && i.index === chosen.index) ?? null;
}

export const isMark = (item) => item?.kind === "points" || item?.kind === "strokes";

let hiding;
export function toast(text) {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (box.hidden = true), 6000);
}

export function adopt(view) {
  const before = store.view;
  store.view = view;
  if (view.shots && before?.version !== view.version) {
    if (store.shot >= view.shots.length) store.shot = view.shots.length - 1;
    const shot = shotOf(store.shot);
    if (store.frame < shot.start || store.frame >= shot.end) store.shot = shotAt(store.frame)?.number ?? 0;
    if (store.selected && !selectedItem()) store.selected = null;
  }
  tell("view");
}

export async function reload() {
  try {
    adopt(await get("/api/state"));
  } catch (problem) {
    shown(problem);
  }
}

let chain = Promise.resolve();

// Changes go one after another, each based on what the one before left.
export function act(path, values, said = () => "saved") {
  chain = chain.then(async () => {
    const text = said();
    byId("saved").textContent = "saving …";
    try {
      adopt(await post(path, { base: store.view.version, ...values }));
      byId("saved").textContent = text;
      return true;
    } catch (problem) {
      byId("saved").textContent = "not saved";
      shown(problem);
      if (problem.status === 409) await reload();
      return false;
    }
  });
  return chain;
}

export function shown(problem) {
  if (!(problem instanceof Problem)) throw problem;
  if (problem.status !== 503) toast(problem.message);
}

export const change = (values) => act("/api/change", { change: values });

export function goTo(shot, frame) {
  const there = shotOf(shot);
  if (!there) return;
  const marked = entriesOf(shot).find((item) => item.at !== null && item.kind !== "references");
  store.shot = shot;
  store.frame = frame ?? marked?.at ?? there.key;
  store.selected = null;
  store.pending = null;
  tell("place", "selection");
}

export function goToFrame(frame) {
  const { first, end } = store.view;
  const there = Math.min(Math.max(frame, first), end - 1);
  const shot = shotAt(there).number;
  if (shot !== store.shot) {
    store.selected = null;
    store.pending = null;
  }
  store.shot = shot;
  store.frame = there;
  tell("place", "selection");
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0"));
  return `${Math.floor(whole / 3600)}:${parts.join(":")}`;
}
