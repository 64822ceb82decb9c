// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The shown tree: folded as in the text report, or every row; sorted, and what a search leaves of it.

class Tree {
  constructor(side, folded) {
    this.side = side;
    this.nodes = [];
    this.at = new Map(); // row -> node
    const n = folded ? side.folded.n : side.rows.n;
    for (let i = 0; i < n; ++i) {
      const row = folded ? side.folded.row[i] : i;
      const parent = row === 0 ? null : this.at.get(side.rows.parent[row]) || this.nodes[0];
      const here = folded ? side.folded.here[i] : 1;
      const label = folded && side.folded.label[i] >= 0 ? side.strings[side.folded.label[i]] : side.label(row);
      const node = { row, parent, label, here, times: folded ? side.folded.times[i] : 1, children: [] };
      node.depth = parent ? parent.depth + 1 : 0;
      if (parent) parent.children.push(node);
      this.nodes.push(node);
      this.at.set(row, node);
    }
  }

  /** The node of a row, or of the nearest shown row above it. */
  nearest(row) {
    let at = row;
    while (at > 0 && !this.at.has(at)) at = this.side.rows.parent[at];
    return this.at.get(at) || this.nodes[0];
  }

  /** A figure of a node: of all rows that it stands for. */
  figure(node, name) {
    return times(this.side.rows[name][node.row], node.times);
  }

  /** FLOPs of a node, exactly; at least so many where its own figure is not known. */
  known(node, by) {
    const flops = this.side.flops(node.row, by);
    if (flops !== null) return times(flops, node.times);
    return node.children.reduce((sum, child) => (this.aroundRoot(child) ? sum : add(sum, this.known(child, by))), 0);
  }

  size(node, by) {
    return Math.max(0, Number(this.known(node, by)));
  }

  /** The part of the node above that it is. */
  sizeBelow(node, by) {
    return this.aroundRoot(node) ? 0 : this.size(node, by);
  }

  /** What ran in a root that is called inside a plain scope is in the root's row, and not in the sum of rows. */
  aroundRoot(node) {
    return Boolean(this.side.rows.flags[node.row] & 2);
  }

  ordered(node, sort) {
    if (!sort.by) return node.children;
    const key = (n) => (sort.by === "label" ? n.label : sort.by === "verdict" ? this.text(n, "verdict") :
      sort.by === "type" ? this.side.type(n.row) : Number(this.figure(n, sort.by) ?? -Infinity));
    const sign = sort.down ? -1 : 1;
    const keyed = node.children.map((n) => [key(n), n]);
    keyed.sort((a, b) => sign * (typeof a[0] === "string" ? a[0].localeCompare(b[0], "en", { numeric: true }) : a[0] - b[0]));
    return keyed.map((k) => k[1]);
  }

  text(node, column) {
    return this.side.strings[this.side.rows[column][node.row]];
  }

  /** Nodes that a search finds, with those above them; null: all. */
  found(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return null;
    const kept = new Set();
    const hits = new Set();
    for (const node of this.nodes) {
      const text = (this.side.nameOf(node.row) + " " + node.label + " " + this.side.type(node.row) + " " +
        this.text(node, "verdict")).toLowerCase();
      if (!words.every((w) => text.includes(w))) continue;
      hits.add(node);
      for (let n = node; n && !kept.has(n); n = n.parent) kept.add(n);
    }
    return { kept, hits };
  }

  /** Rows of the table, top down. */
  shown(state) {
    const found = this.found(state.query);
    const out = [];
    const open = [this.nodes[0]];
    while (open.length) {
      const node = open.pop();
      if (found && !found.kept.has(node)) continue;
      out.push(node);
      if (!found && state.closed.has(node.row)) continue;
      const below = this.ordered(node, state.sort);
      for (let i = below.length; i-- > 0;) open.push(below[i]);
    }
    return { nodes: out, hits: found ? found.hits : null };
  }
}
