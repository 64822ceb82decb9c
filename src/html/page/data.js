// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The data of the page: columns by name, and the capture that they are of.

async function unpacked(element) {
  const text = element.textContent;
  if (element.dataset.packing === "none") return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** Every column as an array; a value alone stands for equal ones. Large counts become bigint. */
function columns(table) {
  const out = { n: table.n };
  for (const [name, values] of Object.entries(table)) {
    if (name === "n") continue;
    out[name] = Array.isArray(values) ? values.map(count) : new Array(table.n).fill(count(values));
  }
  return out;
}

/** Where the entries of each row begin in a table that is sorted by row. */
function starts(rows, table) {
  const out = new Array(rows + 1).fill(0);
  for (let i = 0; i < table.n; ++i) ++out[table.row[i] + 1];
  for (let r = 0; r < rows; ++r) out[r + 1] += out[r];
  return out;
}

class Side {
  constructor(json) {
    for (const key of ["name", "phase", "formula", "operators", "measured", "losses", "strings"]) {
      this[key] = json[key];
    }
    this.leftOut = json.folded.left_out;
    delete json.folded.left_out;
    for (const key of ["rows", "folded", "formats", "verdicts", "ops", "launches", "ranges", "sums", "metrics"]) {
      this[key] = columns(json[key]);
    }
    restoreSide(this);
    const n = this.rows.n;
    this.end = new Array(n); // of what is below a row: rows are depth first
    for (let i = n - 1; i >= 0; --i) {
      this.end[i] = Math.max(this.end[i] || 0, i + 1);
      const above = this.rows.parent[i];
      if (above >= 0) this.end[above] = Math.max(this.end[above] || 0, this.end[i]);
    }
    this.opsAt = starts(n, this.ops);
    this.launchesAt = starts(n, this.launches);
    this.verdictsAt = starts(n, this.verdicts);
    this.formatsAt = starts(n, this.formats);
    this.paths = [];
  }

  label(row) {
    return this.strings[this.rows.label[row]];
  }

  type(row) {
    return this.strings[this.rows.type[row]];
  }

  path(row) {
    if (this.paths[row] !== undefined) return this.paths[row];
    const given = this.rows.path[row];
    const above = given < 0 ? this.path(this.rows.parent[row]) : "";
    return (this.paths[row] = given >= 0 ? this.strings[given] : above ? above + "." + this.label(row) : this.label(row));
  }

  /** What people call it. */
  nameOf(row) {
    return row === 0 || this.rows.flags[row] & 1 ? this.label(row) : this.path(row);
  }

  /** The same in another capture; modules of one path and type are the same. */
  key(row) {
    return this.rows.flags[row] & 1 ? "outside" : row === 0 ? "" : this.path(row) + "|" + this.type(row);
  }

  /** Why, of a verdict: src/html/verdicts.cpp has left out the module and the amount. */
  cause(i) {
    const v = this.verdicts;
    const text = this.strings[v.cause[i]];
    if (!v.shared[i]) return text;
    return text.replace(/@@|##/g, (sign) =>
      sign === "@@" ? `${this.path(v.at[i])} (${this.type(v.at[i])})` : exactText(v.amount[i]).replace("-", ""));
  }

  /** FLOPs that a row is as large as. */
  flops(row, by) {
    const r = this.rows;
    if (by === "executed") return r.xsum[row];
    if (by === "measured") return r.mall[row];
    if (by === "formula") return times(r.formula[row], 2);
    if (r.macs[row] === null) return null; // no operators were observed
    if (by === "operator") return add(times(r.macs[row], 2), r.other[row]);
    return add(times(r[by + "macs"][row], 2), r[by + "other"][row]); // p0: forward, ...
  }
}
