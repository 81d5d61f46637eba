// An image that was opened or dropped: colors are taken from it, or it becomes a reference.

import { send } from "./api.js";
import { take } from "./color.js";
import { adopt, byId, reload, shown, store, toast } from "./store.js";
import { openTab } from "./tabs.js";

let file = null;
const cross = { x: 0, y: 0 };

export function start() {
  byId("picture").addEventListener("change", (event) => event.target.files[0] && open(event.target.files[0]));
  byId("as-reference").addEventListener("click", () => file && refer(file, store.shot));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => dropped(event, null));
  const canvas = byId("photo-canvas");
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    pick((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  });
  canvas.addEventListener("keydown", keyed);
}

// On a shot of the strip an image becomes its reference; elsewhere colors are taken from it.
export function dropped(event, shot) {
  event.preventDefault();
  event.stopPropagation();
  const found = [...(event.dataTransfer?.files ?? [])].find((f) => f.type.startsWith("image/"));
  if (!found) return;
  if (shot === null) open(found);
  else refer(found, shot);
}

async function open(found) {
  try {
    const bitmap = await createImageBitmap(found);
    const canvas = byId("photo-canvas");
    const scale = Math.min(1, 600 / Math.max(bitmap.width, bitmap.height));
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    file = found;
    byId("photo").hidden = false;
    openTab("color");
    byId("photo").scrollIntoView({ block: "nearest" });
  } catch {
    toast("That is no image that this browser can show.");
  }
}

async function refer(found, shot) {
  const about = new URLSearchParams({ base: store.view.version, shot, name: found.name });
  try {
    adopt(await send(`/api/reference?${about}`, found));
    byId("saved").textContent = "saved";
    toast(`${found.name} is a reference for shot ${shot}: what is surely the same in both gets its colors.`);
  } catch (problem) {
    shown(problem);
    if (problem.status === 409) reload();
  }
}

function pick(x, y) {
  const canvas = byId("photo-canvas");
  const place = [x * (canvas.width - 1), y * (canvas.height - 1)].map(Math.round);
  const [r, g, b] = canvas.getContext("2d").getImageData(...place, 1, 1).data;
  take("#" + [r, g, b].map((v) => v.toString(16).padStart(2, "0")).join(""));
}

function keyed(event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key in steps) {
    cross.x = Math.min(Math.max(cross.x + 0.02 * steps[event.key][0], 0), 1);
    cross.y = Math.min(Math.max(cross.y + 0.02 * steps[event.key][1], 0), 1);
  } else if (event.key === "Enter") pick(cross.x, cross.y);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
