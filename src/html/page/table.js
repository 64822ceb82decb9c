// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The table of modules: a treegrid that has only the rows in view, however many there are.

const rowHeight = 30;
const spareRows = 8;

function tableColumns(state) {
  const s = state.own;
  const unit = state.unitName();
  const all = [
    { by: "label", title: "Module", name: "module" },
    { by: "type", title: "Type", name: "type" },
    { by: "calls", title: "Calls", name: "calls", number: true, evidence: "operators" },
    { by: "formula", title: `Formula ${unit}`, name: "formula", unit: "macs", evidence: "formula" },
    { by: "macs", title: `Operator ${unit}`, name: "operator", unit: "macs", evidence: "operators", is: s.operators },
    { by: "other", title: "Other FLOPs", name: "other", unit: "all", evidence: "operators", is: s.operators },
    s.operators ? { by: "mmul", title: `Measured ${unit}`, name: "measured", unit: "flops", evidence: "launches" }
      : { by: "mall", title: "Measured, all FLOPs", name: "measured", unit: "all", evidence: "launches" },
    { by: "share", title: "Share", name: "share", is: true },
    { by: "verdict", title: "Verdict", name: "verdict", evidence: "verdicts" },
  ];
  if (state.sides.length > 1) {
    all.splice(7, 0, { by: "b", title: `Other capture: ${comparedName(state)}`, name: "against", evidence: "figures" },
      { by: "change", title: "Change, FLOPs", name: "change", evidence: "figures" });
  }
  return all.filter((c) => c.is !== false);
}

class Grid {
  constructor(state, place) {
    this.state = state;
    this.place = place;
    this.head = make("div", { role: "rowgroup", className: "grid-head" });
    this.body = make("div", { role: "rowgroup", className: "grid-body" });
    place.append(this.head, this.body);
    place.addEventListener("scroll", () => this.drawRows(), { passive: true });
    place.addEventListener("keydown", (e) => gridKey(this, e));
    this.body.addEventListener("click", (e) => this.clicked(e));
  }

  clicked(event) {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    const number = event.target.closest("[data-evidence]");
    const at = Number(row.dataset.row);
    if (event.target.closest(".twist")) return this.toggle(at);
    this.state.select(0, at);
    if (number) openEvidence(this.state, number.dataset.evidence);
  }

  toggle(row) {
    if (!this.state.closed.delete(row)) this.state.closed.add(row);
    this.state.changed("rows");
  }

  /** After a change of rows or of columns. */
  draw() {
    const shown = this.state.tree(0).shown(this.state);
    this.nodes = shown.nodes;
    this.hits = shown.hits;
    this.at = new Map(this.nodes.map((n, i) => [n.row, i]));
    this.columns = tableColumns(this.state);
    this.place.setAttribute("aria-rowcount", this.nodes.length + 1);
    this.place.setAttribute("aria-colcount", this.columns.length);
    this.place.dataset.columns = this.columns.map((c) => c.name).join(" ");
    this.head.replaceChildren(make("div", { role: "row", className: "row", "aria-rowindex": 1 },
      ...this.columns.map((c, at) => this.headCell(c, at))));
    this.body.style.height = `${this.nodes.length * rowHeight}px`;
    this.drawRows();
  }

  headCell(column, at) {
    const { sort } = this.state;
    const sorts = !["share", "b", "change"].includes(column.by);
    const on = sorts && sort.by === column.by;
    const cell = make("div", { role: "columnheader", className: `cell ${column.name}`, "aria-colindex": at + 1 });
    if (!sorts) {
      cell.append(column.title);
      return cell;
    }
    cell.setAttribute("aria-sort", on ? (sort.down ? "descending" : "ascending") : "none");
    const button = make("button", { type: "button" }, column.title + (on ? (sort.down ? " ▼" : " ▲") : ""));
    button.addEventListener("click", () => {
      const down = !["label", "type", "verdict"].includes(column.by);
      const next = !on ? { by: column.by, down } : sort.down === down ? { by: column.by, down: !down } : { by: "", down: false };
      this.state.set("sort", next, "rows");
      this.head.querySelector(`.${column.name} button`).focus();
    });
    cell.append(button);
    return cell;
  }

  drawRows() {
    const all = this.printing;
    const first = all ? 0 : Math.max(0, Math.floor(this.place.scrollTop / rowHeight) - spareRows);
    const last = all ? this.nodes.length
      : Math.min(this.nodes.length, first + Math.ceil(this.place.clientHeight / rowHeight) + 2 * spareRows);
    const rows = [];
    for (let i = first; i < last; ++i) rows.push(this.row(this.nodes[i], i));
    this.body.replaceChildren(...rows);
    this.mark();
  }

  row(node, i) {
    const tree = this.state.tree(0);
    const searching = this.hits !== null;
    const row = make("div", { role: "row", className: "row", id: `row-${node.row}`, "data-row": node.row,
      "aria-level": node.depth + 1, "aria-rowindex": i + 2 });
    if (node.children.length) row.setAttribute("aria-expanded", searching || !this.state.closed.has(node.row));
    if (searching && this.hits.has(node)) row.classList.add("hit");
    row.style.transform = `translateY(${i * rowHeight}px)`;
    row.append(...this.columns.map((c, at) => this.cell(tree, node, c, at)));
    return row;
  }

  cell(tree, node, column, at) {
    const cell = make("div", { role: "gridcell", className: `cell ${column.name}`, "aria-colindex": at + 1 });
    if (column.by === "label") {
      const twist = make("span", { className: "twist", "aria-hidden": "true" },
        node.children.length ? (this.hits === null && this.state.closed.has(node.row) ? "▸" : "▾") : "");
      cell.style.setProperty("--depth", Math.min(node.depth, 12));
      const name = make("span", { className: "name", title: tree.side.nameOf(node.row) }, node.label);
      cell.append(twist, name);
      if (tree.side.rows.flags[node.row] & 2) cell.append(make("span", { className: "times", title: "around a root" }, "*"));
      if (node.here > 1) cell.append(make("span", { className: "times" }, `${exactText(node.here)}×`));
    } else if (column.by === "type") {
      cell.append(make("span", { title: tree.side.type(node.row) }, tree.side.type(node.row)));
    } else if (column.by === "verdict") {
      const [sign] = tones[tree.side.rows.tone[node.row]];
      const text = tree.text(node, "verdict");
      cell.append(swatch("tone-" + tree.side.rows.tone[node.row]));
      cell.append(make("span", { className: "open", "data-evidence": "verdicts", title: text }, `${sign} ${text.replace(/^↓ /, "")}`));
    } else {
      const [text, exact] = this.number(tree, node, column);
      const absentCell = text === absent;
      cell.append(make("span", { className: absentCell ? "absent" : column.evidence ? "open" : "", title: exact,
        "data-evidence": column.evidence || "executed" }, absentCell ? "–" : text));
    }
    return cell;
  }

  /** What a cell says, and its exact count. */
  number(tree, node, column) {
    const state = this.state;
    if (column.by === "share") {
      const by = state.size;
      return [shareText(times(state.own.flops(node.row, by), node.times), state.own.flops(0, by)), `share of ${sizeNames[by]}`];
    }
    if (column.by === "b" || column.by === "change") return comparedCell(state, node.row, column.by);
    const v = tree.figure(node, column.by);
    if (column.by === "calls") return [exactText(v), `${exactText(v)} calls`];
    const unit = column.unit === "macs" ? "MACs" : "FLOPs";
    return [state.text(v, column.unit), v === null ? absent : `${exactText(v)} ${unit}`];
  }

  mark() {
    const node = this.state.selected[0] < 0 ? null : this.state.tree(0).nearest(this.state.selected[0]);
    const old = this.body.querySelector("[aria-selected=true]");
    if (old) old.setAttribute("aria-selected", "false");
    const row = node && document.getElementById(`row-${node.row}`);
    if (row) {
      row.setAttribute("aria-selected", "true");
      this.place.setAttribute("aria-activedescendant", row.id);
    } else {
      this.place.removeAttribute("aria-activedescendant");
    }
  }

  /** Scrolls to the selection. */
  show() {
    const i = this.at.get(this.state.tree(0).nearest(Math.max(0, this.state.selected[0])).row);
    if (i === undefined) return this.mark();
    const head = this.head.offsetHeight;
    const top = i * rowHeight;
    const view = this.place.clientHeight - head;
    if (top < this.place.scrollTop) this.place.scrollTop = top;
    else if (top + rowHeight > this.place.scrollTop + view) this.place.scrollTop = top + rowHeight - view;
    this.drawRows();
  }
}
