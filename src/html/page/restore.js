// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Most columns of the data hold how far a figure is from what other columns lead to expect (src/html/rows.cpp and
// its neighbours); here they become figures again. Sums are modulo 2^64, as there.

function wrapped(a, b) {
  const sum = add(a, b);
  return typeof sum === "bigint" ? narrow(BigInt.asIntN(64, sum)) : sum;
}

function narrow(v) {
  return v >= BigInt(Number.MIN_SAFE_INTEGER) && v <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(v) : v;
}

const negative = (v) => times(v, -1);

function restore(table, name, expected) {
  const values = table[name];
  for (let i = 0; i < table.n; ++i) if (values[i] !== null) values[i] = wrapped(values[i], expected(i));
}

function restoreSteps(table, name) {
  const values = table[name];
  let before = 0;
  for (let i = 0; i < table.n; ++i) values[i] = before = wrapped(values[i], before);
}

const sumOf = (values) => values.reduce((a, b) => wrapped(a, b ?? 0), 0);

function restoreRows(r) {
  const phases = [0, 1, 2, 3];
  const once = [0, 1, 3]; // all but recompute
  for (const p of phases) restore(r, `p${p}useful`, (i) => r[`p${p}macs`][i]);
  for (const name of ["macs", "useful", "other"]) restore(r, name, (i) => sumOf(phases.map((p) => r[`p${p}${name}`][i])));
  restore(r, "selfmacs", (i) => r.macs[i]);
  for (const name of ["rulemacs", "walkmacs"]) restore(r, name, (i) => r.formula[i] ?? 0);
  const double = (v) => wrapped(v, v);
  restore(r, "x0", (i) => double(sumOf(once.map((p) => r[`p${p}useful`][i]))));
  restore(r, "x1", (i) => double(sumOf(once.map((p) => wrapped(r[`p${p}macs`][i], negative(r[`p${p}useful`][i]))))));
  restore(r, "x2", (i) => wrapped(double(r.p2macs[i]), r.p2other[i]));
  restore(r, "x3", (i) => sumOf(once.map((p) => r[`p${p}other`][i])));
  restore(r, "xsum", (i) => sumOf([0, 1, 2, 3, 4, 5, 6, 7].map((p) => r[`x${p}`][i])));
  restore(r, "mall", (i) => r.xsum[i] ?? 0);
  restore(r, "mother", (i) => r.other[i]);
  restore(r, "mmul", (i) => wrapped(r.mall[i] ?? 0, negative(wrapped(r.mother[i] ?? 0, r.moutside[i] ?? 0))));
  restore(r, "fdiff", (i) => wrapped(r.formula[i] ?? 0, negative(r.macs[i] ?? 0)));
  restore(r, "mdiff", (i) => wrapped(r.mall[i] ?? 0, negative(wrapped(double(r.macs[i] ?? 0), r.other[i] ?? 0))));
}

/** The last amount between two columns of a row is held less what the others leave of the difference. */
function restoreAmounts(rows, verdicts) {
  const { row, between, amount } = verdicts;
  for (let from = 0, to; from < verdicts.n; from = to) {
    for (to = from + 1; to < verdicts.n && row[to] === row[from];) ++to;
    const left = [rows.fdiff[row[from]] ?? 0, rows.mdiff[row[from]] ?? 0];
    const last = [-1, -1];
    for (let i = from; i < to; ++i) last[between[i]] = i;
    for (let i = from; i < to; ++i) {
      const b = between[i];
      if (i === last[b]) amount[i] = wrapped(amount[i], left[b]);
      left[b] = wrapped(left[b], negative(amount[i]));
    }
  }
}

function restoreSide(side) {
  const { rows, folded, formats, verdicts, ops, launches, ranges, sums } = side;
  for (const table of [folded, formats, verdicts, ops, launches]) restoreSteps(table, "row");
  restoreRows(rows);
  for (const name of ["macs", "other"]) restore(formats, name, (i) => rows[name][formats.row[i]]);
  restore(verdicts, "at", (i) => verdicts.row[i]);
  restoreAmounts(rows, verdicts);
  restore(ops, "useful", (i) => ops.macs[i]);
  restoreSteps(launches, "op");
  for (const table of [launches, ranges]) {
    for (const name of ["ceiling", "tensor"]) restore(table, name, (i) => table.flops[i] ?? 0);
  }
  restoreSteps(sums, "of");
  const flopsOf = (of) => (of < launches.n ? launches.flops[of] : ranges.flops[of - launches.n]) ?? 0;
  restore(sums, "value", (i) => (i > 0 && sums.of[i] === sums.of[i - 1] ? 0 : flopsOf(sums.of[i])));
}
