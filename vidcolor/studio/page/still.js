// The still: before and after under a slider, zoom and pan, tools.

import { get, image } from "./api.js";
import { byId, change, on, selectedItem, shotOf, shown, store, tell } from "./store.js";
import { draw, nearest } from "./marks.js";
import { ordered } from "./strip.js";
import { replace, take } from "./color.js";
import { isByPointer } from "./focus.js";

const view = { zoom: 1, x: 0, y: 0 };
const pointers = new Map();
const cross = { x: 0.5, y: 0.5 };
let line = null;
let isPinch = false;
let held = null; // {item, place}: a point that is pressed, and where it was moved to
let request = 0;
let shownAs = {};

export function start() {
  const stage = byId("stage");
  on("view place played", show);
  on("view place selection", draw);
  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", (event) => {
    pointers.delete(event.pointerId);
    isPinch &&= pointers.size > 0;
    line = held = null;
    draw();
  });
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("keydown", keyed);
  stage.addEventListener("focus", () => (byId("cross").hidden = isByPointer()));
  stage.addEventListener("blur", () => (byId("cross").hidden = true));
  byId("slider").addEventListener("input", split);
  byId("against").addEventListener("change", compared);
  byId("veil").addEventListener("click", veil);
  byId("marking").addEventListener("click", marking);
  byId("zoom-in").addEventListener("click", () => zoom(1.4));
  byId("zoom-out").addEventListener("click", () => zoom(1 / 1.4));
  byId("zoom-fit").addEventListener("click", fit);
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.addEventListener("click", () => choose(button.dataset.tool));
  }
  byId("after").addEventListener("load", sized);
  new ResizeObserver(sized).observe(stage);
  split();
}

function compared() {
  const slider = byId("slider");
  if (Number(slider.value) === 0) {
    slider.value = 50;
    split();
  }
  show();
}

export function choose(tool) {
  store.tool = tool;
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", button.dataset.tool === tool);
  }
  byId("stage").dataset.tool = tool;
}

function pressed(button) {
  const is = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", is);
  return is;
}

export function veil() {
  pressed(byId("veil"));
  show();
}

// Colors are judged without what lies over them.
export function marking() {
  byId("marks").classList.toggle("off", !pressed(byId("marking")));
}

export function address(kind, frame, shot) {
  const isPlayed = kind === "after" && store.played.has(`${shot.number} ${shot.look}`);
  return `/api/image/${kind}/${frame}?v=${shot.look}${isPlayed ? "&played=1" : ""}`;
}

async function show() {
  const shot = shotOf(store.shot);
  if (!shot) return;
  const mine = ++request;
  const frame = store.frame;
  byId("busy").textContent = store.view.ready ? "coloring …" : "loading the networks …";
  byId("busy").hidden = false;
  try {
    const against = byId("against").value;
    const left = against === "previous" ? `/api/previous/${frame}?${store.view.version}` : `/api/image/before/${frame}?v=1`;
    const after = address("after", frame, shot);
    const wanted = [["left", left], ["after", after]];
    const isVeiled = byId("veil").getAttribute("aria-pressed") === "true";
    if (isVeiled) wanted.push(["unsure", address("unsure", frame, shot)]);
    else byId("unsure").hidden = true;
    let partial = false;
    await Promise.all(
      wanted.map(async ([id, path]) => {
        if (shownAs[id] === path) return;
        const found = await image(path);
        if (mine !== request) return;
        const element = byId(id);
        const old = element.src;
        element.src = URL.createObjectURL(found.blob);
        await element.decode().catch(() => {});
        if (old) URL.revokeObjectURL(old);
        element.hidden = false;
        shownAs[id] = found.partial ? null : path;
        partial ||= found.partial && id !== "left";
      }),
    );
    if (mine !== request) return;
    if (isVeiled) byId("unsure").hidden = false;
    byId("busy").hidden = !partial;
    if (partial) setTimeout(() => mine === request && show(), 700);
    else {
      byId("stage").dataset.shows = `${frame} ${shot.look} ${against}`;
      tell("shown");
      ahead();
    }
  } catch (problem) {
    // while networks are loaded, only what was made before is there; the next view asks again
    if (mine === request) byId("busy").hidden = problem.status !== 503;
    shown(problem);
  }
}

// The shots before and after, so that they are there when they are asked for.
function ahead() {
  const shots = ordered();
  const place = shots.findIndex((shot) => shot.number === store.shot);
  for (const shot of [shots[place + 1], shots[place - 1]]) {
    if (!shot) continue;
    const marked = store.view.entries.find((i) => i.shot === shot.number && i.at !== null && i.kind !== "references");
    const frame = marked?.at ?? shot.key;
    for (const path of [`/api/image/before/${frame}?v=1`, address("after", frame, shot)]) {
      fetch(path, { priority: "low" }).catch(() => {});
    }
  }
}

function split() {
  const share = Number(byId("slider").value);
  byId("left").style.clipPath = `inset(0 ${100 - share}% 0 0)`;
  byId("split").style.left = `${share}%`;
  byId("split").hidden = share === 0;
}

function sized() {
  const picture = byId("after");
  const stage = byId("stage");
  if (!picture.naturalWidth) return;
  const scale = Math.min(stage.clientWidth / picture.naturalWidth, stage.clientHeight / picture.naturalHeight);
  const sheet = byId("sheet");
  sheet.style.width = `${picture.naturalWidth * scale}px`;
  sheet.style.height = `${picture.naturalHeight * scale}px`;
  byId("marks").setAttribute("viewBox", `0 0 ${picture.naturalWidth} ${picture.naturalHeight}`);
  moved();
  draw();
}

function moved() {
  const { zoom: z, x, y } = view;
  byId("sheet").style.transform = `translate(${x}px, ${y}px) scale(${z})`;
  byId("sheet").style.setProperty("--zoom", z);
}

export function fit() {
  Object.assign(view, { zoom: 1, x: 0, y: 0 });
  moved();
}

export function zoom(by, at) {
  const box = byId("stage").getBoundingClientRect();
  const middle = at ?? { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
  const [dx, dy] = [middle.clientX - box.left - box.width / 2, middle.clientY - box.top - box.height / 2];
  const next = Math.min(Math.max(view.zoom * by, 1), 16);
  const real = next / view.zoom;
  view.x = dx - (dx - view.x) * real;
  view.y = dy - (dy - view.y) * real;
  view.zoom = next;
  if (next === 1) view.x = view.y = 0;
  moved();
}

function wheel(event) {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 400), event);
}

function placeOf(event) {
  const box = byId("sheet").getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width;
  const y = (event.clientY - box.top) / box.height;
  return { x: round(x), y: round(y), isInside: x >= 0 && x <= 1 && y >= 0 && y <= 1 };
}

const round = (v) => Math.round(1e4 * Math.min(Math.max(v, 0), 1)) / 1e4;

function down(event) {
  if (event.button > 1) return;
  byId("stage").setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (pointers.size > 1) {
    line = held = null;
    isPinch = true;
    return;
  }
  const place = placeOf(event);
  if (store.tool === "point" && event.button === 0) {
    const item = nearest(place, reachOf(event));
    if (item?.kind === "points") held = { item, place: null };
  }
  if (store.tool === "stroke" && event.button === 0 && place.isInside) line = [[place.x, place.y]];
}

function move(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const isPan = store.tool === "hand" || event.buttons === 4;
  if (pointers.size === 2) {
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const now = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    const middle = { clientX: (event.clientX + other.x) / 2, clientY: (event.clientY + other.y) / 2 };
    if (was > 4) zoom(now / was, middle);
    view.x += (event.clientX - before.x) / 2;
    view.y += (event.clientY - before.y) / 2;
    moved();
  } else if (isPan) {
    view.x += event.clientX - before.x;
    view.y += event.clientY - before.y;
    moved();
  } else if (line) {
    const { x, y } = placeOf(event);
    const [lastX, lastY] = line.at(-1);
    if (Math.hypot(x - lastX, y - lastY) > 0.006) line.push([x, y]);
    draw(line);
  } else if (held) {
    const { x, y } = placeOf(event);
    if (held.place || Math.hypot(event.clientX - before.x, event.clientY - before.y) > 5) {
      held.place = { x, y };
      draw(null, held);
    } else return;
  } else return;
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
}

function up(event) {
  const began = pointers.get(event.pointerId);
  const wasPinch = isPinch;
  pointers.delete(event.pointerId);
  // the last finger of two is no tap
  isPinch &&= pointers.size > 0;
  if (!began || wasPinch || event.button !== 0) return;
  const place = placeOf(event);
  if (line) {
    const drawn = line;
    line = null;
    if (drawn.length > 1) stroke(drawn);
    else draw();
  } else if (held?.place) {
    const { item, place: to } = held;
    held = null;
    select(item);
    replace(to);
  } else {
    held = null;
    if (place.isInside) use(place, event);
  }
}

const reachOf = (event) => (event?.pointerType === "touch" ? 24 : 14);

function use(place, event) {
  const hit = nearest(place, reachOf(event));
  if (store.tool === "erase") {
    if (hit) change({ do: "remove", kind: hit.kind, index: hit.index });
  } else if (store.tool === "pick") pick(place);
  else if (store.tool === "point") {
    if (hit) select(hit);
    else ask(place);
  } else if (store.tool === "stroke" && hit) select(hit);
}

export function select(item) {
  store.selected = { kind: item.kind, index: item.index };
  store.pending = store.here = null;
  tell("selection");
  const { x, y } = item.entry;
  const [px, py] = item.entry.line?.[0] ?? [x, y];
  if (px !== undefined && item.at === store.frame) look(px, py);
}

export function ask(place) {
  store.selected = null;
  store.pending = { kind: "points", frame: store.frame, x: place.x, y: place.y };
  store.here = null;
  tell("selection");
  return look(place.x, place.y);
}

function stroke(drawn) {
  store.selected = null;
  store.pending = { kind: "strokes", frame: store.frame, line: drawn };
  store.here = null;
  tell("selection");
  const [x, y] = drawn[Math.floor(drawn.length / 2)];
  look(x, y);
}

let looks = 0;

async function look(x, y) {
  const { pending, frame } = store;
  const mine = ++looks;
  // nobody clicked elsewhere or let go of it meanwhile
  const isWanted = () => mine === looks && (store.pending ? store.pending === pending : store.selected);
  try {
    const here = await get(`/api/place/${frame}?x=${x}&y=${y}`);
    if (!isWanted()) return;
    store.here = here;
    tell("here");
  } catch (problem) {
    shown(problem);
    if (problem.status !== 503) return;
    await new Promise((done) => setTimeout(done, 500));
    if (isWanted()) await look(x, y);
  }
}

function pick(place) {
  const picture = byId("after");
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const [x, y] = [place.x * (canvas.width - 1), place.y * (canvas.height - 1)].map(Math.round);
  const [r, g, b] = context.getImageData(x, y, 1, 1).data;
  take("#" + [r, g, b].map((v) => v.toString(16).padStart(2, "0")).join(""));
  if (!selectedItem() && !store.pending) choose("point");
}

function keyed(event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key in steps) {
    // who came here with the mouse means frames
    if (isByPointer()) return;
    const by = event.shiftKey ? 0.05 : 0.01;
    const [dx, dy] = steps[event.key];
    cross.x = round(cross.x + by * dx);
    cross.y = round(cross.y + by * dy);
    byId("cross").hidden = false;
    byId("cross").style.left = `${100 * cross.x}%`;
    byId("cross").style.top = `${100 * cross.y}%`;
    if (line) draw([...line, [cross.x, cross.y]]);
  } else if (event.key === "Enter") {
    if (store.tool === "stroke" && !nearest(cross, 14)) {
      // with keys, a stroke is a line from one place to the next
      if (line) {
        const drawn = [...line, [cross.x, cross.y]];
        line = null;
        stroke(drawn);
      } else draw((line = [[cross.x, cross.y]]));
    } else use({ ...cross }, null);
  } else if (event.key === "Escape" && line) {
    line = null;
    draw();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

