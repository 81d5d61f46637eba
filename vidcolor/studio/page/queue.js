// The queue: what is rendered, how far it is, and the report.

import { get, post } from "./api.js";
import { byId, make, on, shown, store } from "./store.js";

let view = null;
let timer;

export function start() {
  byId("render-changed").addEventListener("click", () => render("changed"));
  byId("render-shot").addEventListener("click", () => render("shot"));
  byId("render-film").addEventListener("click", () => render("film"));
  byId("pause").addEventListener("click", () => command({ do: view?.paused ? "resume" : "pause" }));
  on("view place", changed);
  poll();
}

async function render(kind, overwrite = false) {
  const report = byId("report").checked && kind !== "shot";
  try {
    adopt(await post("/api/render", { kind, shot: store.shot, overwrite, report }));
    poll();
  } catch (problem) {
    shown(problem);
  }
}

async function command(values) {
  try {
    adopt(await post("/api/queue", values));
    poll();
  } catch (problem) {
    shown(problem);
  }
}

async function poll() {
  clearTimeout(timer);
  try {
    adopt(await get("/api/queue"));
  } catch (problem) {
    if (problem.status !== 0) shown(problem);
  }
  timer = setTimeout(poll, view?.working ? 700 : 4000);
}

function adopt(found) {
  const text = JSON.stringify(found);
  if (text === JSON.stringify(view)) return;
  view = found;
  byId("pause").textContent = view.paused ? "Go on" : "Pause";
  byId("report-link").hidden = !view.report;
  byId("jobs").replaceChildren(...[...view.jobs].reverse().slice(0, 12).map(row));
  changed();
}

function changed() {
  if (!view || !store.view?.shots) return;
  const last = view.jobs.findLast((job) => job.kind !== "shot" && job.state.is === "done");
  const text = byId("changed");
  const numbers = store.view.shots.filter((shot) => last?.told[shot.number] !== shot.told).map((s) => s.number);
  if (!last) text.textContent = "The film was not rendered here yet.";
  else if (!numbers.length) text.textContent = "The rendered film has all colors that were said.";
  else text.textContent = `Changed since the film was rendered: ${numbers.length === 1 ? "shot" : "shots"} ${numbers.slice(0, 20).join(", ")}${numbers.length > 20 ? " …" : ""}`;
  byId("render-changed").textContent = last ? "Render the changed shots" : "Render the film";
  byId("render-film").hidden = !last;
  byId("render-shot").textContent = `Render shot ${store.shot} alone`;
}

const NAMES = { changed: () => "Changed shots", film: () => "Whole film", shot: (job) => `Shot ${job.shot}` };

function row(job) {
  const { state } = job;
  const item = make("li", { className: state.is }, make("strong", {}, NAMES[job.kind](job)));
  item.dataset.job = job.number;
  item.dataset.is = state.is;
  if (state.is === "running" || state.is === "stopping") {
    const bar = make("progress", {});
    bar.setAttribute("aria-label", `${NAMES[job.kind](job)}: progress`);
    if (state.total) {
      bar.max = state.total;
      bar.value = state.done;
    }
    const left = state.left === null || state.left === undefined ? "" : `, ${duration(state.left)} left`;
    const rest = view.paused ? ", pauses after this part" : "";
    const count = state.total ? `${state.done} of ${state.total} frames` : "";
    item.append(bar, make("span", { className: "soft" }, `${state.doing} ${count}${left}${rest}`));
  } else if (state.is === "done") {
    const kept = state.taken_over ? `, ${state.taken_over} of them were there` : "";
    item.append(make("span", { className: "soft" }, `done: ${state.done} frames${kept}, ${duration(state.seconds)}`));
    if (job.kind === "shot") {
      item.append(make("a", { href: `/api/rendered/${job.shot}`, target: "_blank", rel: "noopener" }, "Open"));
    } else item.append(make("span", { className: "soft" }, job.output));
    for (const line of [...state.locks, ...state.warnings]) item.append(make("span", { className: "line" }, line));
    if (state.notes?.length) {
      item.append(make("details", {}, make("summary", {}, "Notes"), ...state.notes.map((line) => make("span", { className: "line" }, line))));
    }
  } else if (state.is === "failed") {
    item.append(make("span", { className: "bad" }, state.message));
    if (state.hint) item.append(make("span", { className: "soft" }, state.hint));
    if (/exists already/.test(state.message)) item.append(action("Replace it", () => render(job.kind, true)));
    else if (job.kind === "changed") item.append(action("Render the whole film again", () => render("film", true)));
  } else item.append(make("span", { className: "soft" }, view.paused && state.is === "waiting" ? "paused" : state.is));
  if (["running", "waiting"].includes(state.is)) {
    item.append(action("Stop", () => command({ do: "stop", number: job.number })));
  }
  return item;
}

function action(text, run) {
  const button = make("button", {}, text);
  button.addEventListener("click", run);
  return button;
}

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

