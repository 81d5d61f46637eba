// CIE Lab (D65) and sRGB.

const WHITE = [0.95047, 1, 1.08883];

export function hexOfLab(L, a, b) {
  const rgb = rgbOfLab(L, a, b).map((v) => Math.round(255 * Math.min(Math.max(v, 0), 1)));
  return "#" + rgb.map((v) => v.toString(16).padStart(2, "0")).join("");
}

// Red, green and blue; outside of 0..1 where sRGB has no such color.
export function rgbOfLab(L, a, b) {
  const fy = (L + 16) / 116;
  const [x, y, z] = [fy + a / 500, fy, fy - b / 200].map(
    (f, i) => WHITE[i] * (f > 6 / 29 ? f ** 3 : 3 * (6 / 29) ** 2 * (f - 4 / 29)),
  );
  return [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ].map((v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
}

export function labOfHex(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const v = parseInt(hex.slice(i, i + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  const xyz = [
    0.4124564 * r + 0.3575761 * g + 0.1804375 * b,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    0.0193339 * r + 0.119192 * g + 0.9503041 * b,
  ];
  const [fx, fy, fz] = xyz.map((v, i) => {
    const t = v / WHITE[i];
    return t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29;
  });
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

export const isHex = (text) => /^#[0-9a-f]{6}$/i.test(text);

// A color of an entry as "#rrggbb".
export function hexOf(color) {
  return typeof color === "string" ? color.toLowerCase() : hexOfLab(color[0] || 60, color[1], color[2]);
}
