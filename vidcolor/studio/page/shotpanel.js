// The panel of a shot: what was said in it, done or not, cuts.

import { hexOf } from "./labcolor.js";
import { act, byId, change, entriesOf, goToFrame, make, on, shotOf, store, tell } from "./store.js";
import { openTab } from "./tabs.js";

let cutToMove = null;

export function start() {
  on("view place selection", show);
  byId("done").addEventListener("change", () => mark(byId("done").checked));
  byId("cut-add").addEventListener("click", () => act("/api/cut", { edit: { do: "add", frame: store.frame } }));
  byId("cut-remove").addEventListener("click", () =>
    act("/api/cut", { edit: { do: "remove", frame: shotOf(store.shot).start } }),
  );
  byId("cut-move").addEventListener("click", move);
}

const mark = (is) => change({ do: "done", shot: store.shot, is });

export const toggleDone = () => mark(!store.view.done.includes(store.shot));

async function move() {
  if (cutToMove === null) {
    cutToMove = shotOf(store.shot).start;
    show();
    return;
  }
  const edit = { do: "move", frame: cutToMove, to: store.frame };
  cutToMove = null;
  if (edit.frame !== edit.to) await act("/api/cut", { edit });
  show();
}

function show() {
  const shot = shotOf(store.shot);
  if (!shot) return;
  byId("shot-title").textContent = `Shot ${shot.number}: frames ${shot.start} to ${shot.end - 1}`;
  byId("done").checked = store.view.done.includes(shot.number);
  byId("cut-add").disabled = store.frame === shot.start;
  byId("cut-remove").disabled = shot.number === 0;
  byId("cut-move").disabled = cutToMove === null && shot.number === 0;
  byId("cut-move").textContent =
    cutToMove === null ? "It begins at another frame …" : `The cut at ${cutToMove} moves to frame ${store.frame}`;
  byId("cut-hint").textContent =
    cutToMove === null ? "" : "Go to the frame where the new shot begins and press the button again.";
  const items = entriesOf(shot.number);
  byId("entries").replaceChildren(...items.map(row));
  if (!items.length) byId("entries").append(make("li", { className: "soft" }, "Nothing yet."));
}

function row(item) {
  const { entry, kind, index } = item;
  if (kind === "stills") return stillRow(item);
  if (kind === "references") {
    const image = make("img", { alt: "", src: `/api/reference/${index}?${encodeURIComponent(entry.image)}` });
    const remove = make("button", { className: "danger" }, "Remove");
    remove.addEventListener("click", () => change({ do: "remove", kind, index }));
    const unlike = item.unlike ? " Nothing in this shot is surely like it, so it has no effect." : "";
    return make("li", {}, image, make("span", {}, `Reference: ${entry.note ?? entry.image}.${unlike}`), remove);
  }
  const chip = make("span", { className: "chip" });
  chip.style.background = hexOf(entry.color);
  const scope = entry.scope === "film" ? ", film" : Array.isArray(entry.scope) ? `, shots ${entry.scope.join(" ")}` : "";
  const text = `${kind === "points" ? "Point" : "Stroke"} on frame ${item.at}${entry.lock ? ", locked" : ""}${scope}`;
  const button = make("button", {}, chip, make("span", {}, entry.note ? `${text}: ${entry.note}` : text));
  button.addEventListener("click", () => {
    goToFrame(item.at);
    store.selected = { kind, index };
    openTab("color");
    tell("selection");
  });
  return make("li", {}, button);
}

const SCOPES = { shot: "in this shot", film: "wherever it recurs" };

// A repainted still that the file of colors names: what was repainted counts in its scope too.
function stillRow({ entry, kind, index, at }) {
  const { scope = "shot", except = [] } = entry;
  const but = except.length ? `, not in shots ${except.join(" ")}` : "";
  const show = make("button", {}, make("span", {}, `Still ${entry.image}${but}`));
  show.addEventListener("click", () => goToFrame(at));
  const choice = make("select", { title: "Where what was repainted counts" });
  for (const [value, name] of Object.entries(SCOPES)) choice.append(make("option", { value }, name));
  if (Array.isArray(scope)) choice.append(make("option", { value: "list" }, `in shots ${scope.join(" ")}`));
  choice.value = Array.isArray(scope) ? "list" : scope;
  choice.addEventListener("change", () => change({ do: "scope", kind, index, scope: choice.value }));
  const remove = make("button", { className: "danger" }, "Remove");
  remove.addEventListener("click", () => change({ do: "remove", kind, index }));
  return make("li", { className: "still" }, show, choice, remove);
}
