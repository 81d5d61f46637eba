// Points and strokes drawn over the still.

import { hexOf } from "./labcolor.js";
import { byId, entriesOf, isMark, store } from "./store.js";

const SVG = "http://www.w3.org/2000/svg";

function size() {
  const { width, height } = byId("marks").viewBox.baseVal;
  return { width, height, short: Math.min(width, height) };
}

// Draws all marks of the frame, a line that is being drawn, and a point that is being moved.
export function draw(line, moved) {
  const svg = byId("marks");
  svg.replaceChildren();
  if (!store.view?.shots) return;
  const { short } = size();
  for (const item of entriesOf(store.shot)) {
    if (!isMark(item)) continue;
    const isHere = item.at === store.frame;
    const isSelected = store.selected?.kind === item.kind && store.selected?.index === item.index;
    const entry = moved?.item === item ? { ...item.entry, ...moved.place } : item.entry;
    add(svg, entry, short, { isHere, isSelected, isLocked: item.entry.lock });
  }
  const pending = store.pending;
  if (pending) add(svg, { color: store.color, radius: store.radius, ...pending }, short, { isHere: true, isPending: true });
  if (Array.isArray(line)) add(svg, { line, color: store.color, radius: store.radius }, short, { isHere: true, isPending: true });
}

function add(svg, entry, short, { isHere, isSelected, isLocked, isPending }) {
  const { width, height } = size();
  const radius = Math.max((entry.radius ?? 0.02) * short, 3);
  const places = (entry.line ?? [[entry.x, entry.y]]).map(([x, y]) => [x * width, y * height]);
  const names = ["mark", isHere ? "" : "elsewhere", isSelected ? "selected" : "", isPending ? "pending" : ""];
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", names.filter(Boolean).join(" "));
  if (places.length > 1) {
    const points = places.map((p) => p.join(",")).join(" ");
    for (const kind of ["edge", "fill"]) {
      const path = document.createElementNS(SVG, "polyline");
      path.setAttribute("points", points);
      path.setAttribute("class", `line ${kind}`);
      path.style.strokeWidth = kind === "edge" ? 2 * radius + 4 : 2 * radius;
      if (kind === "fill") path.style.stroke = hexOf(entry.color);
      group.append(path);
    }
  } else {
    const circle = document.createElementNS(SVG, "circle");
    const [[x, y]] = places;
    circle.setAttribute("cx", x);
    circle.setAttribute("cy", y);
    circle.setAttribute("r", radius);
    if (!isPending) circle.style.fill = hexOf(entry.color);
    group.append(circle);
  }
  if (isLocked) {
    const [[x, y]] = places;
    const box = document.createElementNS(SVG, "rect");
    const side = Math.max(short * 0.014, 4);
    for (const [name, value] of Object.entries({ x: x - side / 2, y: y - side / 2, width: side, height: side })) {
      box.setAttribute(name, value);
    }
    box.setAttribute("class", "lock");
    group.append(box);
  }
  svg.append(group);
}

// The mark of this frame at a place of the still, within so many pixels of the screen.
export function nearest(place, reach) {
  const box = byId("sheet").getBoundingClientRect();
  const short = Math.min(box.width, box.height);
  let best = null;
  for (const item of entriesOf(store.shot)) {
    if (!isMark(item) || item.at !== store.frame) continue;
    const line = item.entry.line ?? [[item.entry.x, item.entry.y]];
    const apart = Math.min(...line.map(([x, y]) => Math.hypot((x - place.x) * box.width, (y - place.y) * box.height)));
    const limit = Math.max(reach, (item.entry.radius ?? 0.02) * short);
    if (apart <= limit && (!best || apart < best.apart)) best = { apart, item };
  }
  return best?.item ?? null;
}
