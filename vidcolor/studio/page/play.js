// Playing a shot in color, and stepping through its frames.

import { get, image } from "./api.js";
import { byId, clock, goToFrame, on, shotOf, shown, store, tell, toast } from "./store.js";

let playing = null; // {shot, look, images, final, at, looked, total}
let begun = null; // that, also when it was stopped

export function start() {
  byId("play").addEventListener("click", toggle);
  byId("back").addEventListener("click", () => goToFrame(store.frame - 1));
  byId("forward").addEventListener("click", () => goToFrame(store.frame + 1));
  byId("frame").addEventListener("change", () => goToFrame(Number(byId("frame").value)));
  byId("frame").addEventListener("input", () => said(Number(byId("frame").value)));
  // a click on the running film stops it there; it gives no color to a frame that is not seen
  byId("stage").addEventListener("pointerdown", halted, true);
  on("place view", show);
  on("view", () => playing && shotOf(playing.shot)?.look !== playing.look && anew());
  on("place", () => playing && halt());
}

function show() {
  const shot = shotOf(store.shot);
  if (!shot) return;
  const slider = byId("frame");
  slider.min = shot.start;
  slider.max = shot.end - 1;
  slider.value = store.frame;
  said(store.frame);
}

function said(frame) {
  const shot = shotOf(store.shot);
  const share = (frame - shot.start) / (shot.end - shot.start);
  const second = shot.seconds[0] + share * (shot.seconds[1] - shot.seconds[0]);
  byId("where").textContent = `Shot ${shot.number} · frame ${frame} · ${clock(second)}`;
}

export function toggle() {
  if (playing) stop();
  else play();
}

function halted(event) {
  if (!playing) return;
  event.stopImmediatePropagation();
  stop();
}

function stop() {
  // the still shows where it was stopped
  const at = playing && playing.shot === store.shot && byId("film-canvas").dataset.frame;
  halt();
  if (at && Number(at) !== store.frame) goToFrame(Number(at));
}

function halt() {
  // some hundred images are too much to wait for the garbage collector
  playing?.images.splice(0).forEach((bitmap) => bitmap?.close());
  playing = null;
  byId("play").textContent = "Play";
  byId("busy").hidden = true;
  byId("film-canvas").hidden = true;
  delete byId("film-canvas").dataset.frame;
}

// Something was said of the shot meanwhile.
function anew() {
  halt();
  play();
}

async function play() {
  const shot = shotOf(store.shot);
  if (!shot || !store.view.ready) return;
  const total = shot.end - shot.start;
  // images of a first look, then those with final colors in their places
  const mine = (playing = { shot: shot.number, look: shot.look, images: [], final: 0, at: 0, looked: 0, total });
  byId("play").textContent = "Stop";
  const busy = byId("busy");
  fetching(mine).catch(shown);
  const rate = total / Math.max(shot.seconds[1] - shot.seconds[0], 0.04);
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
      said(shot.start + mine.at);
      mine.at += 1;
      next = Math.max(next + 1000 / rate, now - 200);
      if (mine.at >= total) mine.at = 0;
    }
    busy.hidden = mine.final === total;
    busy.textContent = progress(mine);
    requestAnimationFrame(paint);
  };
  requestAnimationFrame(paint);
}

function progress({ images, final, looked, total }) {
  if (!looked) return "matching what was said with the shot";
  if (!images.length) return `looking at the shot: ${looked} of ${total} frames`;
  if (images.length < total) return `first look: ${images.length} of ${total} frames`;
  return `first look; final colors: ${final} of ${total} frames`;
}

// A shot that was stopped is colored on: its stills have their final colors when it is done.
const isWanted = (mine) =>
  begun === mine && (playing === mine || store.shot === mine.shot) && shotOf(mine.shot)?.look === mine.look;

async function fetching(mine) {
  begun = mine;
  while (isWanted(mine) && mine.final < mine.total) {
    const { there, final, looked, problem, start: first } = await get(`/api/play/${mine.shot}`);
    mine.looked = looked;
    if (problem) {
      if (playing === mine) stop();
      toast(problem);
      return;
    }
    const load = async (place) => {
      const { blob } = await image(`/api/play/${mine.shot}/${first + place}?v=${mine.look}`);
      const bitmap = await createImageBitmap(blob);
      mine.images[place]?.close();
      mine.images[place] = bitmap;
    };
    while (playing === mine && mine.final < final) {
      await load(mine.final);
      mine.final += 1;
    }
    while (playing === mine && mine.images.length < there) await load(mine.images.length);
    if (playing !== mine && final === mine.total) mine.final = final;
    if (mine.final < mine.total) await new Promise((done) => setTimeout(done, 200));
  }
  if (mine.final === mine.total) {
    store.played.add(`${mine.shot} ${mine.look}`);
    tell("played");
  }
}
