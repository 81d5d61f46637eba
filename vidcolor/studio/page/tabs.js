// The panels at the side.

import { byId, store, tell } from "./store.js";

const tabs = () => [...document.querySelectorAll("[role=tab]")];

export function start() {
  for (const tab of tabs()) {
    tab.addEventListener("click", () => openTab(tab.id.slice(4)));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const all = tabs();
      const next = all[(all.indexOf(tab) + by + all.length) % all.length];
      openTab(next.id.slice(4));
      next.focus();
      event.stopPropagation();
    });
  }
}

export function openTab(name) {
  if (openName() === name) return;
  for (const tab of tabs()) {
    const isOpen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", isOpen);
    tab.tabIndex = isOpen ? 0 : -1;
    byId(`panel-${tab.id.slice(4)}`).hidden = !isOpen;
  }
  // a place waits for a color only where one can be chosen
  if (name !== "color") store.pending = null;
  tell("tab", "selection");
}

export const openName = () => document.querySelector("[role=tab][aria-selected=true]").id.slice(4);
