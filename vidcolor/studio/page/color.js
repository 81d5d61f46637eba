// The color panel: likely colors, gamut, hex, recent and locked colors, the chosen entry.

import { get } from "./api.js";
import { hexOf, hexOfLab, isHex, labOfHex, rgbOfLab } from "./labcolor.js";
import { byId, change, isMark, make, on, selectedItem, store, tell, toast } from "./store.js";
import { leave } from "./focus.js";
import { draw } from "./marks.js";
import { openName } from "./tabs.js";

// The part of the plane of a* and b* that is shown: where there are colors at the lightness.
let shownPart = { a: 0, b: 0, reach: 110 };
const recent = [];
let L = 55;
const cross = { a: 0, b: 0 };

export function start() {
  on("here", here);
  on("selection view", selection);
  on("view", palette);
  on("tab", () => byId(isAsked() ? "question-picker" : "color-picker").append(byId("picker")));
  byId("use").addEventListener("click", () => useHex());
  byId("hex").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && useHex()) leave(byId("hex"));
  });
  byId("hex").addEventListener("input", () => isHex(byId("hex").value) && show(byId("hex").value));
  const gamut = byId("gamut");
  gamut.addEventListener("click", (event) => {
    const box = gamut.getBoundingClientRect();
    fromGamut((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  });
  gamut.addEventListener("keydown", gamutKey);
  byId("lock").addEventListener("change", () => replace({ lock: byId("lock").checked || undefined }));
  byId("radius").addEventListener("change", () => {
    store.radius = Number(byId("radius").value) / 100;
    replace({ radius: store.radius });
  });
  byId("note").addEventListener("change", () => replace({ note: byId("note").value || undefined }));
  byId("note").addEventListener("keydown", (event) => event.key === "Enter" && leave(byId("note")));
  byId("scope").addEventListener("change", scoped);
  byId("remove").addEventListener("click", remove);
  show(store.color);
  paintGamut();
}

// Where a question is answered, the next one follows, and nothing stays chosen.
const isAsked = () => openName() === "questions";

// Takes a color for the place that waits for one, or for the chosen entry, or for the next place.
export async function take(hex) {
  hex = hex.toLowerCase();
  store.color = hex;
  show(hex);
  const at = recent.indexOf(hex);
  if (at >= 0) recent.splice(at, 1);
  recent.unshift(hex);
  recent.length = Math.min(recent.length, 12);
  palette();
  const pending = store.pending;
  if (pending) {
    const { kind, ...place } = pending;
    const entry = { ...place, radius: store.radius, color: hex };
    store.pending = null;
    const isAnswer = isAsked();
    // a question that is answered again: the new color takes the place of the old one
    const same = store.view.entries.find((item) => item.kind === kind && isSamePlace(item.entry, place));
    const saving = change(same ? { do: "replace", kind, index: same.index, entry } : { do: "add", kind, entry });
    store.taken = place;
    tell("taken");
    if (await saving) {
      const index = same?.index ?? store.view.entries.filter((item) => item.kind === kind).length - 1;
      if (!isAnswer && store.view.entries.find((i) => i.kind === kind && i.index === index)?.at === store.frame) {
        store.selected = { kind, index };
      }
    } else if (!isAnswer) {
      store.pending = pending;
    }
    tell("selection");
    return;
  }
  const item = selectedItem();
  if (isMark(item)) await replace({ color: hex });
  else draw();
}

const isSamePlace = (entry, place) =>
  !entry.line && !place.line && entry.frame === place.frame && entry.x === place.x && entry.y === place.y;

export function replace(values) {
  const item = selectedItem();
  if (!item) return null;
  const entry = { ...item.entry, ...values };
  for (const name of Object.keys(entry)) if (entry[name] === undefined) delete entry[name];
  if (JSON.stringify(entry) === JSON.stringify(item.entry)) return null;
  return change({ do: "replace", kind: item.kind, index: item.index, entry });
}

export async function remove() {
  const item = selectedItem();
  if (!item) return;
  store.selected = null;
  await change({ do: "remove", kind: item.kind, index: item.index });
  tell("selection");
}

export function toggleLock() {
  if (selectedItem()) replace({ lock: selectedItem().entry.lock ? undefined : true });
}

// Takes the color that was used last, for a place that waits for one.
export function again() {
  if (store.pending && recent.length) take(recent[0]);
}

// Takes the n-th likely color; says whether there is one.
export function takeLikely(n) {
  const found = store.here?.likely[n];
  if (!found || (!store.pending && !selectedItem())) return false;
  take(found.color);
  return true;
}

export function likelyList(list) {
  list.replaceChildren(
    ...(store.here?.likely ?? []).map((found, n) => {
      const chip = make("span", { className: "chip" });
      chip.style.background = found.color;
      const share = `${Math.round(100 * found.chance)} %`;
      const name = make("span", { className: "hidden" }, `${found.color}, likely:`);
      const button = make("button", { title: found.color }, chip, make("kbd", {}, String(n + 1)), name, make("span", {}, share));
      button.addEventListener("click", () => take(found.color));
      return make("li", {}, button);
    }),
  );
}

function here() {
  L = store.here.L;
  likelyList(byId("likely"));
  paintGamut();
  const first = store.here.likely[0];
  // not over what is being typed
  if (store.pending && first && document.activeElement !== byId("hex")) show(first.color);
}

function show(hex) {
  byId("hex").value = hex;
  byId("swatch").style.background = hex;
  const [, a, b] = labOfHex(hex);
  Object.assign(cross, { a, b });
  paintGamut();
}

function useHex() {
  const hex = byId("hex").value.trim();
  if (isHex(hex)) take(hex);
  else toast("A color is written as # and six digits, such as #7a1f1f.");
  return isHex(hex);
}

function fromGamut(x, y) {
  const [a, b] = abOf(x, y);
  take(hexOfLab(L, a, b));
}

function gamutKey(event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  if (event.key in steps) {
    const by = event.shiftKey ? 10 : 2;
    const { a, b, reach } = shownPart;
    cross.a = Math.min(Math.max(cross.a + by * steps[event.key][0], a - reach), a + reach);
    cross.b = Math.min(Math.max(cross.b + by * steps[event.key][1], b - reach), b + reach);
    byId("hex").value = hexOfLab(L, cross.a, cross.b);
    byId("swatch").style.background = byId("hex").value;
    paintGamut();
  } else if (event.key === "Enter") take(hexOfLab(L, cross.a, cross.b));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

const isShown = (rgb) => rgb.every((v) => v > -0.002 && v < 1.002);

const abOf = (x, y) => [shownPart.a + (2 * x - 1) * shownPart.reach, shownPart.b + (1 - 2 * y) * shownPart.reach];

function partOf() {
  const [as, bs] = [[0], [0]];
  for (let angle = 0; angle < 360; angle += 3) {
    const [x, y] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    let chroma = 0;
    while (chroma < 140 && isShown(rgbOfLab(L, (chroma + 2) * x, (chroma + 2) * y))) chroma += 2;
    as.push(chroma * x);
    bs.push(chroma * y);
  }
  const ends = [as, bs].map((values) => [Math.min(...values), Math.max(...values)]);
  const [a, b] = ends.map(([least, most]) => (least + most) / 2);
  return { a, b, reach: Math.max(8, ...ends.map(([least, most]) => 0.53 * (most - least))) };
}

let painted = null;
function paintGamut() {
  const canvas = byId("gamut");
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  if (painted?.L !== L) {
    const data = context.createImageData(width, height);
    shownPart = partOf();
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [a, b] = abOf((x + 0.5) / width, (y + 0.5) / height);
        const rgb = rgbOfLab(L, a, b);
        if (!isShown(rgb)) continue;
        data.data.set([...rgb.map((v) => Math.round(255 * v)), 255], 4 * (y * width + x));
      }
    }
    painted = { L, data };
  }
  context.putImageData(painted.data, 0, 0);
  const { a, b, reach } = shownPart;
  const xOf = (value) => (((value - a) / reach + 1) / 2) * width;
  const yOf = (value) => ((1 - (value - b) / reach) / 2) * height;
  // gray is where these meet
  context.fillStyle = "#8888";
  context.fillRect(xOf(0), 0, 1, height);
  context.fillRect(0, yOf(0), width, 1);
  const [x, y] = [xOf(cross.a), yOf(cross.b)];
  for (const [style, radius] of [["#000", 6], ["#fff", 5]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.strokeStyle = style;
    context.lineWidth = 1.5;
    context.stroke();
  }
}

function swatches(list, colors, empty) {
  list.replaceChildren(
    ...colors.map((hex) => {
      const button = make("button", { title: hex });
      button.setAttribute("aria-label", `Color ${hex}`);
      button.style.background = hex;
      button.addEventListener("click", () => take(hex));
      return make("li", {}, button);
    }),
  );
  if (!colors.length) list.append(make("li", { className: "soft" }, empty));
}

function palette() {
  if (!recent.length) {
    const said = (store.view?.entries ?? []).filter(isMark);
    recent.push(...new Set(said.map((item) => hexOf(item.entry.color)).reverse()));
    recent.length = Math.min(recent.length, 12);
  }
  swatches(byId("recent"), recent, "none yet");
  const locked = (store.view?.entries ?? []).filter((item) => item.entry.lock).map((item) => hexOf(item.entry.color));
  swatches(byId("palette"), [...new Set(locked)], "none yet");
}

function selection() {
  const item = selectedItem();
  const isChosen = isMark(item);
  byId("selected").hidden = !isChosen;
  byId("color-title").textContent = isChosen ? (item.kind === "points" ? "Point" : "Stroke") : store.pending ? "New place" : "Color";
  if (isChosen) byId("color-hint").textContent = "Another color changes it. A point is moved by dragging it.";
  else if (store.pending) byId("color-hint").textContent = "Keys 1 to 5 take a likely color; or choose one in the gamut.";
  else byId("color-hint").textContent = "Click on a thing in the still and choose its color.";
  if (isChosen || store.pending) likelyList(byId("likely"));
  else byId("likely").replaceChildren();
  if (!isChosen) return;
  const { entry } = item;
  byId("selected-title").textContent = item.kind === "points" ? "This point" : "This stroke";
  show(hexOf(entry.color));
  byId("lock").checked = Boolean(entry.lock);
  byId("radius").value = 100 * (entry.radius ?? 0.02);
  byId("note").value = entry.note ?? "";
  const scope = entry.scope ?? "shot";
  byId("scope").value = Array.isArray(scope) ? "list" : scope;
  ticks(Array.isArray(scope) ? scope : null);
}

async function scoped() {
  const chosen = byId("scope").value;
  if (chosen !== "list") {
    replace({ scope: chosen === "shot" ? undefined : chosen, except: undefined });
    return;
  }
  const shots = new Set([store.shot, ...(await sameShots())]);
  const scope = [...shots].sort((a, b) => a - b);
  ticks(scope);
  replace({ scope, except: undefined });
}

// Shots in which the chosen thing was found, once the film's shots were compared.
async function sameShots() {
  const { entry, at } = selectedItem();
  const [x, y] = entry.line?.[0] ?? [entry.x, entry.y];
  try {
    return (await get(`/api/same/${at}?x=${x}&y=${y}`)).shots ?? [];
  } catch {
    return [];
  }
}

function ticks(scope) {
  const list = byId("scope-list");
  list.hidden = scope === null;
  if (scope === null) return;
  const ticked = new Set(scope);
  const shots = [...store.view.shots].sort((a, b) => ticked.has(b.number) - ticked.has(a.number));
  list.replaceChildren(
    ...shots.map((shot) => {
      const box = make("input", { type: "checkbox", checked: ticked.has(shot.number) });
      box.addEventListener("change", () => {
        if (box.checked) ticked.add(shot.number);
        else ticked.delete(shot.number);
        replace({ scope: ticked.size ? [...ticked].sort((a, b) => a - b) : undefined });
      });
      const image = make("img", { alt: "", loading: "lazy", src: `/api/image/thumb/${shot.key}?v=${shot.look}` });
      return make("li", {}, make("label", { className: "check" }, box, image, `Shot ${shot.number}`));
    }),
  );
}
