// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What the colours of the picture mean. That of a verdict has a sign, too.

const tones = [
  ["", "nothing to compare"],
  ["✓", "columns agree"],
  ["≈", "equal as counted"],
  ["≠", "columns differ here"],
  ["↓", "columns differ below"],
  ["?", "not known or not explained"],
  ["–", "not called"],
];

/** The parts of a node's size with their classes: [class, FLOPs]. */
function segments(state, side, node, by) {
  const s = state.sides[side];
  const row = node.row;
  if (state.colour === "verdict") return [["tone-" + s.rows.tone[row], 1]];
  if (state.colour === "precision") {
    const out = [];
    for (let i = s.formatsAt[row]; i < s.formatsAt[row + 1]; ++i) {
      out.push(["format-" + s.formats.format[i], 2 * Number(s.formats.macs[i]) + Number(s.formats.other[i])]);
    }
    return out;
  }
  if (/^p\d$/.test(by)) return phaseParts(s, row, by, state.names.phases[by[1]]);
  return state.names.parts.map((p, i) => ["part-" + p, Math.max(0, Number(s.rows["x" + i][row] ?? 0))]);
}

function phaseParts(s, row, by, phase) {
  const macs = Number(s.rows[by + "macs"][row]);
  const useful = Number(s.rows[by + "useful"][row]);
  const other = Number(s.rows[by + "other"][row]);
  if (phase === "recompute") return [["part-recompute", 2 * macs + other]];
  return [["part-useful", 2 * useful], ["part-masked", 2 * (macs - useful)], ["part-other", other]];
}

function legendEntries(state) {
  if (state.colour === "verdict") {
    const used = new Set(state.sides.flatMap((s) => s.rows.tone));
    return tones.map(([sign, text], i) => ["tone-" + i, (sign ? sign + " " : "") + text, used.has(i)]).filter((e) => e[2]);
  }
  if (state.colour === "precision") {
    const used = new Set(state.sides.flatMap((s) => s.formats.format || []));
    return state.names.formats.map((name, i) => ["format-" + i, name, used.has(i)]).filter((e) => e[2]);
  }
  return state.names.parts
    .map((p, i) => ["part-" + p, state.names.part_texts[i], state.sides.some((s) => Number(s.rows["x" + i][0] ?? 0) !== 0)])
    .filter((e) => e[2]);
}

function swatch(name) {
  const svg = svgElement("svg", { width: 14, height: 14, "aria-hidden": "true", class: "swatch" });
  svg.append(svgElement("rect", { width: 14, height: 14, rx: 3, class: name }));
  return svg;
}

function drawLegend(state, place) {
  place.replaceChildren(...legendEntries(state).map(([name, text]) => make("li", {}, swatch(name), text)));
}

function svgElement(tag, attributes, ...children) {
  const out = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) out.setAttribute(key, value);
  out.append(...children);
  return out;
}
