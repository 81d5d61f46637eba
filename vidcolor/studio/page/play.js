// Playing a shot in color, and stepping through its frames.

import { get } from "./api.js";
import { byId, clock, goToFrame, on, shotOf, shown, store, tell, toast } from "./store.js";

let playing = null; // {shot, told, images, at}

export function start() {
  byId("play").addEventListener("click", toggle);
  byId("back").addEventListener("click", () => goToFrame(store.frame - 1));
  byId("forward").addEventListener("click", () => goToFrame(store.frame + 1));
  byId("frame").addEventListener("change", () => goToFrame(Number(byId("frame").value)));
  on("place view", show);
  on("place", () => playing && halt());
}

function show() {
  const shot = shotOf(store.shot);
  if (!shot) return;
  const slider = byId("frame");
  slider.min = shot.start;
  slider.max = shot.end - 1;
  slider.value = store.frame;
  const share = (store.frame - shot.start) / (shot.end - shot.start);
  const second = shot.seconds[0] + share * (shot.seconds[1] - shot.seconds[0]);
  byId("where").textContent = `Shot ${shot.number} · frame ${store.frame} · ${clock(second)}`;
}

export function toggle() {
  if (playing) stop();
  else play();
}

function stop() {
  // the still shows where it was stopped
  const at = playing && playing.shot === store.shot && byId("film-canvas").dataset.frame;
  halt();
  if (at && Number(at) !== store.frame) goToFrame(Number(at));
}

function halt() {
  playing = null;
  byId("play").textContent = "Play";
  byId("busy").hidden = true;
  byId("film-canvas").hidden = true;
  delete byId("film-canvas").dataset.frame;
}

async function play() {
  const shot = shotOf(store.shot);
  if (!shot || !store.view.ready) return;
  const mine = (playing = { shot: shot.number, look: shot.look, images: [], at: 0, looked: 0, total: shot.end - shot.start });
  byId("play").textContent = "Stop";
  const busy = byId("busy");
  fetching(mine).catch(shown);
  const rate = (shot.end - shot.start) / Math.max(shot.seconds[1] - shot.seconds[0], 0.04);
  let next = performance.now();
  const paint = (now) => {
    if (playing !== mine) return;
    const bitmap = mine.images[mine.at];
    if (bitmap && now >= next) {
      const canvas = byId("film-canvas");
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      canvas.hidden = false;
      canvas.dataset.frame = shot.start + mine.at;
      byId("frame").value = shot.start + mine.at;
      mine.at += 1;
      next = Math.max(next + 1000 / rate, now - 200);
      if (mine.at >= mine.total) mine.at = 0;
    }
    const isWaiting = mine.images.length < mine.total;
    busy.hidden = !isWaiting;
    const isLooking = !mine.images.length && mine.looked < mine.total;
    const [what, count] = isLooking ? ["looking at the shot", mine.looked] : ["coloring", mine.images.length];
    if (isWaiting) busy.textContent = `${what}: ${count} of ${mine.total} frames`;
    requestAnimationFrame(paint);
  };
  requestAnimationFrame(paint);
}

async function fetching(mine) {
  while (playing === mine && mine.images.length < mine.total) {
    const { ready, looked, problem, start: first } = await get(`/api/play/${mine.shot}`);
    mine.looked = looked;
    if (problem) {
      stop();
      toast(problem);
      return;
    }
    while (playing === mine && mine.images.length < ready) {
      const frame = first + mine.images.length;
      const answer = await fetch(`/api/play/${mine.shot}/${frame}?v=${mine.look}`);
      if (!answer.ok) break;
      mine.images.push(await createImageBitmap(await answer.blob()));
    }
    if (mine.images.length < mine.total) await new Promise((done) => setTimeout(done, 300));
  }
  if (mine.images.length === mine.total) {
    store.played.add(`${mine.shot} ${mine.look}`);
    tell("played");
  }
}
