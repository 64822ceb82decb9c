// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Two captures: what changed in each module. Modules of one path and type are the same.

/** The column that both captures have; null: none. */
function changeBy(state) {
  const both = ([, has]) => state.sides.every((s) => s[has]);
  return [["operator", "operators"], ["measured", "measured"], ["formula", "formula"]].find(both)?.[0] ?? null;
}

function comparedName(state) {
  const by = changeBy(state);
  return by === null ? "no column in common" : (by === "operator" ? "operator + other" : by) + " FLOPs";
}

function comparedCell(state, row, column) {
  const by = changeBy(state);
  if (by === null) return [absent, "the captures have no column in common"];
  const twin = state.other(0, row);
  const here = state.own.flops(row, by);
  const there = twin < 0 ? null : state.sides[1].flops(twin, by);
  if (column === "b") return twin < 0 ? ["not there", "the other capture has no such module"] : [state.text(there, "all"), exactFlops(there)];
  const change = minus(there, here);
  if (change === null) return ["", ""];
  return [Number(change) === 0 ? "=" : signed(state.text(change, "all")), exactFlops(change)];
}

function exactFlops(v) {
  return v === null ? absent : `${exactText(v)} FLOPs`;
}

function drawAgainst(state, place) {
  const by = changeBy(state);
  if (by === null) return place.replaceChildren(make("p", {}, "The captures have no column in common: what changed is not known."));
  const [a, b] = state.sides;
  const lines = [];
  const unknown = []; // a figure of theirs is not known
  const seen = new Set();
  for (let r = 0; r < a.rows.n; ++r) {
    const twin = state.other(0, r);
    if (twin >= 0) seen.add(twin);
    const change = minus(twin < 0 ? 0 : b.flops(twin, by), a.flops(r, by));
    if (change === null) unknown.push([0, r]);
    else if (Number(change) !== 0) lines.push([0, r, a.flops(r, by), twin < 0 ? null : b.flops(twin, by), change]);
  }
  for (let r = 0; r < b.rows.n; ++r) {
    const flops = b.flops(r, by);
    if (seen.has(r) || state.keys[1].get(b.key(r)) !== r) continue;
    if (flops === null) unknown.push([1, r]);
    else if (Number(flops)) lines.push([1, r, null, flops, flops]);
  }
  lines.sort((x, y) => Math.abs(Number(y[4])) - Math.abs(Number(x[4])));
  const unit = `FLOPs of the ${by === "measured" ? "measured column" : sizeNames[by]}` + (by === "operator" ? ", other arithmetic included" : "");
  const same = `${unknown.length ? "No module is known to have" : "No module"} changed: ${unit}.`;
  place.replaceChildren(lines.length === 0 ? make("p", {}, same)
    : longTable(["Module", "Type", `#${a.name}`, `#${b.name}`, "#Change", "#Relative"], lines.length, (i) => {
      const [side, row, here, there, change] = lines[i];
      return [rowLink(state, side, row), state.sides[side].type(row), here === null ? "not there" : exactText(here),
        there === null ? "not there" : exactText(there), signed(exactText(change)), here === null ? "" : signed(shareText(change, here))];
    }, `Largest change first; ${unit}`));
  if (unknown.length === 0) return;
  place.append(make("p", {}, `The change of ${counted(unknown.length, "module", "modules")} is not known, as one of the two figures is not.`),
    longTable(["Module", "Type"], unknown.length, (i) => [rowLink(state, ...unknown[i]), state.sides[unknown[i][0]].type(unknown[i][1])], "", 10));
}
