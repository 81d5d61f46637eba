// The strip of shots: thumbnail, length, how unsure, done or not.

import { byId, entriesOf, goTo, make, on, store } from "./store.js";
import { dropped } from "./photo.js";

const items = new Map();
let watcher;

export function start() {
  watcher = new IntersectionObserver(
    (found) => found.filter((f) => f.isIntersecting).forEach((f) => load(f.target)),
    { root: byId("shots"), rootMargin: "300px" },
  );
  on("view", fill);
  on("place", point);
  on("shown", () => items.get(store.shot) && load(items.get(store.shot)));
  byId("order").value = localStorage.getItem("order") ?? "film";
  byId("order").addEventListener("change", () => {
    localStorage.setItem("order", byId("order").value);
    fill();
  });
  byId("shots").addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
    items.get(store.shot)?.firstChild.focus();
  });
}

// The shots in the order that is shown.
export function ordered() {
  const shots = [...(store.view?.shots ?? [])];
  if (byId("order").value === "worst") {
    const isDone = new Set(store.view.done);
    const weight = (s) => (isDone.has(s.number) ? -1 : (s.seen?.unsure ?? 0) * (s.seconds[1] - s.seconds[0]));
    shots.sort((a, b) => weight(b) - weight(a));
  }
  return shots;
}

export function step(by) {
  const shots = ordered();
  const place = shots.findIndex((shot) => shot.number === store.shot);
  const next = shots[place + by];
  if (next) goTo(next.number);
}

function fill() {
  if (!store.view.shots) return;
  const list = byId("shots");
  const shots = ordered();
  const isDone = new Set(store.view.done);
  for (const number of [...items.keys()]) {
    if (number >= shots.length) {
      items.get(number).remove();
      items.delete(number);
    }
  }
  if (store.view.ready) {
    later.forEach(load);
    later.clear();
  }
  next();
  shots.forEach((shot, place) => {
    let item = items.get(shot.number);
    if (!item) {
      item = made(shot.number);
      items.set(shot.number, item);
    }
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    update(item, shot, isDone.has(shot.number));
  });
  const done = store.view.done.length;
  byId("count").textContent = `${shots.length} ${shots.length === 1 ? "shot" : "shots"}${done ? `, ${done} done` : ""}`;
  point();
}

function made(number) {
  const image = make("img", { alt: "", draggable: false });
  const button = make("button", {}, image, make("span", { className: "facts" }), make("span", { className: "bar" }, make("i")));
  button.addEventListener("click", () => goTo(number));
  const item = make("li", {}, button);
  item.dataset.shot = number;
  item.addEventListener("dragover", (event) => event.preventDefault());
  item.addEventListener("drop", (event) => dropped(event, number));
  watcher.observe(item);
  return item;
}

function update(item, shot, isDone) {
  const seconds = shot.seconds[1] - shot.seconds[0];
  const unsure = shot.seen ? Math.round(100 * shot.seen.unsure) : null;
  const said = entriesOf(shot.number).length;
  const hidden = (text) => make("span", { className: "hidden" }, text);
  item.querySelector(".facts").replaceChildren(
    `Shot ${shot.number} · ${seconds.toFixed(1)} s`,
    hidden(unsure === null ? ", not looked at yet" : `, ${unsure} percent unsure`),
    ...(said ? [` · ●${said}`, hidden(" said")] : []),
    ...(isDone ? [" ✓", hidden(" done")] : []),
  );
  item.firstChild.title = unsure === null ? "Not looked at yet" : `The machine is ${unsure} % unsure here`;
  item.querySelector(".bar i").style.width = `${unsure ?? 0}%`;
  item.classList.toggle("done", isDone);
  const marked = entriesOf(shot.number).find((i) => i.at !== null && i.kind !== "references");
  if (item.dataset.start !== String(shot.start)) {
    // after a cut was edited, another shot has this number
    item.querySelector("img").removeAttribute("src");
    item.dataset.start = shot.start;
  }
  item.dataset.source = `/api/image/thumb/${marked?.at ?? shot.key}?v=${shot.look}`;
  // that of the shot in work is made of its still, which comes first
  if (item.dataset.near && shot.number !== store.shot) load(item);
}

// Two at a time: the still must not wait behind a row of thumbnails.
const waiting = new Set();
const later = new Set();
let loading = 0;

function load(item) {
  item.dataset.near = "1";
  waiting.add(item);
  next();
}

function next() {
  const isReady = store.view?.ready;
  for (const item of waiting) {
    if (loading >= 2) return;
    waiting.delete(item);
    const image = item.querySelector("img");
    if (!item.dataset.source || image.getAttribute("src") === item.dataset.source) continue;
    loading += 1;
    const over = () => {
      loading -= 1;
      next();
    };
    image.onload = over;
    image.onerror = () => {
      // one that was not made before waits for the networks
      image.removeAttribute("src");
      if (!isReady) later.add(item);
      over();
    };
    image.src = item.dataset.source;
  }
}

function point() {
  for (const [number, item] of items) {
    const isHere = number === store.shot;
    if (isHere && item.firstChild.getAttribute("aria-current") !== "true") {
      item.scrollIntoView({ block: "nearest" });
    }
    item.firstChild.setAttribute("aria-current", isHere);
    if (!isHere && item.dataset.near) load(item);
    // one stop for Tab; arrow keys go on from there
    item.firstChild.tabIndex = isHere ? 0 : -1;
  }
}
