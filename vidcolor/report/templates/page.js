"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const themes = ["automatic", "light", "dark"];
  let theme = "automatic";
  const remember = (value) => { try { localStorage.setItem("vidcolor-theme", value); } catch (e) { /* a file may have no storage */ } };
  const recall = () => { try { return localStorage.getItem("vidcolor-theme"); } catch (e) { return null; } };
  const show = (value) => {
    theme = themes.includes(value) ? value : "automatic";
    if (theme === "automatic") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", theme);
    button.textContent = "Theme: " + theme;
  };
  show(recall());
  button.addEventListener("click", () => { show(themes[(themes.indexOf(theme) + 1) % themes.length]); remember(theme); });

  const compare = document.getElementById("compare");
  if (!compare) return;
  const at = document.getElementById("at");
  const [view, left, right] = ["view", "left", "right"].map((id) => document.getElementById(id));
  const move = () => compare.style.setProperty("--at", at.value + "%");
  const choose = () => {
    compare.querySelectorAll(".view").forEach((element, number) => {
      element.hidden = number !== Number(view.value);
      element.querySelectorAll(".layer").forEach((layer, n) => {
        layer.classList.toggle("over", n === Number(left.value));
        layer.classList.toggle("under", n === Number(right.value) && left.value !== right.value);
      });
    });
    // The same picture on both sides is shown whole.
    compare.style.setProperty("--at", left.value === right.value ? "100%" : at.value + "%");
  };
  at.addEventListener("input", move);
  [view, left, right].forEach((select) => select.addEventListener("change", choose));
  const drag = (event) => {
    if (event.buttons !== 1) return;
    const box = compare.getBoundingClientRect();
    at.value = String(Math.round(100 * (event.clientX - box.left) / box.width));
    move();
  };
  compare.addEventListener("pointerdown", drag);
  compare.addEventListener("pointermove", drag);
  compare.addEventListener("dragstart", (event) => event.preventDefault());
  move();
})();
