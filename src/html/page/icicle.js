// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The module tree as a picture: every module is as wide as its FLOPs, with those that it calls below it.

const cellHeight = 24;
const narrowest = 1.5; // pixels; what is narrower is drawn together
const deepest = 14; // levels at once

class Icicle {
  constructor(state, side, place, scaleOf) {
    this.state = state;
    this.side = side;
    this.scaleOf = scaleOf;
    this.place = place;
    this.cells = new Map();
    place.addEventListener("click", (e) => {
      const cell = e.target.closest("[data-row]");
      if (cell) state.select(side, Number(cell.dataset.row));
    });
    place.addEventListener("dblclick", (e) => {
      const cell = e.target.closest("[data-row]");
      if (cell) state.zoomTo(side, Number(cell.dataset.row));
    });
    place.addEventListener("keydown", (e) => icicleKey(this, e));
  }

  panels() {
    const s = this.state;
    if (!s.apart) return [[s.size, ""]];
    const tree = s.tree(this.side);
    return s.names.phases.map((p, i) => ["p" + i, p]).filter(([by]) => tree.size(tree.nodes[0], by) > 0);
  }

  draw() {
    const tree = this.state.tree(this.side);
    const top = tree.nearest(Math.max(0, this.state.zoom[this.side]));
    const panels = this.panels();
    const width = Math.max(200, this.place.clientWidth);
    const whole = this.scaleOf(panels.map(([by]) => tree.size(top, by)));
    const had = [...this.place.querySelectorAll("svg")].indexOf(document.activeElement);
    this.cells.clear();
    this.place.replaceChildren(...panels.map(([by, phase], i) => this.panel(tree, top, by, phase, width, whole, i)));
    this.mark();
    const drawn = this.place.querySelectorAll("svg");
    if (had >= 0 && drawn.length) drawn[Math.min(had, drawn.length - 1)].focus(); // the keys go on
  }

  panel(tree, top, by, phase, width, whole, index) {
    const size = tree.size(top, by);
    const shown = whole > 0 ? (width * size) / whole : 0;
    const group = svgElement("g", { role: "none" });
    const depth = this.layOut(tree, top, by, 0, shown, group, index);
    const svg = svgElement("svg", { width, height: Math.max(1, depth) * cellHeight, role: "tree", tabindex: "0" }, group);
    const exact = times(this.state.sides[this.side].flops(top.row, by), top.times);
    const known = exact !== null ? this.state.withUnit(exact, by)
      : size > 0 ? `at least ${this.state.withUnit(tree.known(top, by), by)}` : absent;
    const text = `${phase || sizeNames[by] || by} ${known}`;
    svg.setAttribute("aria-label", `${this.state.sides[this.side].name} module tree, ${text}`);
    const title = make("p", { className: "panel-title" }, size > 0 ? text : `${text}: nothing to draw`);
    return make("div", { className: "panel" }, title, size > 0 ? svg : null);
  }

  layOut(tree, top, by, left, width, group, panel) {
    let depth = 0;
    const open = [[top, left, width, 0]];
    const rests = [];
    while (open.length) {
      const [node, x, w, level] = open.pop();
      depth = Math.max(depth, level + 1);
      group.append(this.cell(tree, node, by, x, w, level, panel));
      const ends = level + 1 >= deepest;
      const whole = tree.size(node, by);
      const sizes = node.children.map((c) => tree.sizeBelow(c, by));
      const sum = Math.max(whole, sizes.reduce((a, b) => a + b, 0));
      let at = x;
      let rest = 0;
      node.children.forEach((child, i) => {
        const wide = sum > 0 ? (w * sizes[i]) / sum : 0;
        if (wide >= narrowest && !ends) {
          open.push([child, at, wide, level + 1]);
          at += wide;
        } else {
          rest += wide;
        }
      });
      if (rest >= 0.5) rests.push([at, rest, level + 1, ends ? "deeper modules: zoom in" : "modules too small to draw one by one"]);
    }
    for (const [x, w, level, why] of rests) {
      const y = level * cellHeight;
      group.append(svgElement("rect", { x, y, width: w, height: cellHeight - 2, class: "rest" }, svgElement("title", {}, why)));
      if (w > 6.7 * why.length + 8) group.append(svgElement("text", { x: x + 5, y: y + 15.5 }, why));
      depth = Math.max(depth, level + 1);
    }
    return depth;
  }

  cell(tree, node, by, x, w, level, panel) {
    const side = tree.side;
    const out = svgElement("g", { class: "cell", "data-row": node.row, id: `cell-${this.side}-${panel}-${node.row}`,
      role: "treeitem", "aria-level": level + 1, transform: `translate(${x.toFixed(2)},${level * cellHeight})` });
    const box = { height: cellHeight - 2 };
    const all = segments(this.state, this.side, node, by);
    const sum = all.reduce((a, s) => a + s[1], 0);
    const inner = Math.max(0.5, w - 1);
    let at = 0;
    for (const [name, flops] of all) {
      const wide = sum > 0 ? (inner * flops) / sum : 0;
      if (wide > 0) out.append(svgElement("rect", { ...box, x: at.toFixed(2), width: wide.toFixed(2), class: name }));
      at += wide;
    }
    out.append(svgElement("rect", { ...box, width: inner.toFixed(2), class: sum > 0 ? "frame" : "frame tone-0" }));
    const sign = this.state.colour === "verdict" ? tones[side.rows.tone[node.row]][0] + " " : "";
    const name = sign + node.label + (node.here > 1 ? ` ${node.here}×` : "");
    const letters = Math.floor((inner - 8) / 6.7);
    if (letters >= 3) {
      const text = name.length > letters ? name.slice(0, letters - 1) + "…" : name;
      out.append(svgElement("text", { x: 5, y: 15.5 }, text));
    }
    const flops = times(side.flops(node.row, by), node.times);
    const said = `${side.nameOf(node.row)} ${side.type(node.row)}: ${this.state.withUnit(flops, by)}, ` +
      (tree.text(node, "verdict") || "nothing to compare");
    out.setAttribute("aria-label", said);
    out.append(svgElement("title", {}, said));
    if (!this.cells.has(node.row)) this.cells.set(node.row, []);
    this.cells.get(node.row).push(out);
    return out;
  }

  /** Shows the selection. */
  mark() {
    const row = this.state.selected[this.side];
    const node = row < 0 ? null : this.state.tree(this.side).nearest(row);
    for (const old of this.place.querySelectorAll("[aria-selected=true]")) old.removeAttribute("aria-selected");
    for (const svg of this.place.querySelectorAll("svg")) svg.removeAttribute("aria-activedescendant");
    for (const cell of (node && this.cells.get(node.row)) || []) {
      cell.setAttribute("aria-selected", "true");
      cell.ownerSVGElement.setAttribute("aria-activedescendant", cell.id);
    }
  }
}
