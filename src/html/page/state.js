// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What is selected and how it is shown. Every part of the page draws itself again when this changes.

class State {
  constructor(data) {
    this.names = data;
    this.sides = data.sides.map((s) => new Side(s));
    this.folded = this.sides.length === 1; // equal modules of one capture may differ in the other
    this.trees = {};
    this.side = 0; // whose evidence is open
    this.selected = this.sides.map(() => 0); // by side; -1: it has no such module
    this.zoom = this.sides.map(() => 0);
    this.closed = new Set();
    this.query = "";
    this.sort = { by: "", down: false };
    this.units = "flops";
    this.exact = false;
    this.apart = false;
    this.colour = "verdict";
    const first = this.sides[0];
    this.size = first.operators ? "executed" : "measured";
    if (first.rows.n > 0 && !first.operators && !first.measured) this.size = "formula";
    this.listeners = [];
    this.queued = new Set();
    this.keys = this.sides.map((s) => {
      const out = new Map();
      for (let r = s.rows.n; r-- > 0;) out.set(s.key(r), r);
      return out;
    });
    this.closeDeep();
  }

  get own() {
    return this.sides[0];
  }

  tree(side) {
    const key = side + (this.folded ? "f" : "a");
    return (this.trees[key] = this.trees[key] || new Tree(this.sides[side], this.folded));
  }

  /** A large tree begins with its upper levels. */
  closeDeep() {
    const nodes = this.tree(0).nodes;
    this.closed.clear();
    if (nodes.length > 200) {
      for (const node of nodes) if (node.depth >= 2 && node.children.length) this.closed.add(node.row);
    }
  }

  other(side, row) {
    const to = this.keys[1 - side].get(this.sides[side].key(row));
    return to === undefined ? -1 : to;
  }

  select(side, row) {
    this.side = side;
    this.selected[side] = row;
    if (this.sides.length > 1) this.selected[1 - side] = this.other(side, row);
    if (side === 0 || this.selected[0] >= 0) this.reveal(this.selected[0]);
    this.changed("selection");
  }

  reveal(row) {
    let above = this.tree(0).nearest(row).parent;
    for (; above; above = above.parent) {
      if (this.closed.delete(above.row)) this.queued.add("rows");
    }
  }

  zoomTo(side, row) {
    this.zoom[side] = row;
    if (this.sides.length > 1 && this.other(side, row) >= 0) this.zoom[1 - side] = this.other(side, row);
    this.changed("zoom");
  }

  set(name, value, what) {
    this[name] = value;
    this.changed(what || name);
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  /** Draws once for all changes of one event, at once: a key press is seen in the next frame. */
  changed(what) {
    this.queued.add(what);
    const all = this.queued;
    this.queued = new Set();
    for (const listener of this.listeners) listener(all);
  }

  /** A count as the page shows it now. `unit`: macs, flops (of products: MACs by choice), or all, always FLOPs. */
  text(v, unit) {
    const text = this.exact ? exactText : shortText;
    if (v === null) return absent;
    if (unit === "macs" && this.units === "flops") return text(times(v, 2));
    if (unit === "flops" && this.units === "macs") return halfText(v, text);
    return text(v);
  }

  /** FLOPs of a module with the unit, and the prefix before it: "3.35 TFLOPs". The formula alone is all MACs; the
      other sizes have other arithmetic in them, which has none. */
  withUnit(v, by) {
    const halves = by === "formula";
    const text = this.text(v, halves ? "flops" : "all");
    return v === null ? text : text + (/[A-Z]$/.test(text) ? "" : " ") + (halves ? this.unitName() : "FLOPs");
  }

  unitName() {
    return this.units === "macs" ? "MACs" : "FLOPs";
  }
}
