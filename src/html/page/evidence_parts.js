// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What each section of the evidence lists, with exact counts.

const statusTexts = ["counted", "no arithmetic", "NOT COUNTED: no rule", "PARTLY COUNTED", "estimate"];
const howTexts = ["", "reused from equal launches", "counted with its scope", "in a CUDA graph"];

const evidenceParts = {
  figures(state, side, row) {
    const r = side.rows;
    const index = state.sides.indexOf(side);
    const lines = [
      ["calls", "calls"], ["parameters", "parameters"], ["formula MACs", "formula"], ["operator MACs", "macs"],
      ["operator useful MACs", "useful"], ["operator other FLOPs", "other"], ["of these, its own MACs", "selfmacs"],
      ["measured FLOPs of multiply-add operators", "mmul"], ["measured FLOPs of other operators", "mother"],
      ["measured FLOPs outside operators", "moutside"], ["measured FLOPs, all launches", "mall"], ["launches", "launches"],
      ["launches not measured", "unmeasured"], ["formula − operator MACs", "fdiff"], ["measured − operator FLOPs", "mdiff"],
    ].filter(([, c]) => state.sides.some((s) => s.operators) || !["macs", "useful", "other", "selfmacs"].includes(c));
    const twin = state.sides.length > 1 ? state.other(index, row) : -1;
    const there = twin >= 0 ? state.sides[1 - index].rows : null;
    const titles = there ? ["Figure", "#This", "#Other capture", "#Change"] : ["Figure", "#Count"];
    return [plainTable(titles, lines.map(([text, c]) => {
      const cells = [text, exactText(r[c][row])];
      if (there) cells.push(exactText(there[c][twin]), signed(exactText(minus(there[c][twin], r[c][row]))));
      return cells;
    }))];
  },

  executed(state, side, row) {
    const sum = side.rows.xsum[row];
    if (sum === null) return [make("p", {}, "Not known: the capture has no operator column.")];
    const lines = state.names.part_texts.map((text, i) => [text, side.rows["x" + i][row], "part-" + state.names.parts[i]])
      .filter(([, v]) => Number(v) !== 0)
      .map(([text, v, name]) => [make("span", {}, swatch(name), " " + text), exactText(v), shareText(v, sum)]);
    lines.push([make("strong", {}, "sum"), exactText(sum), ""]);
    const out = [plainTable(["Part", "#FLOPs", "#Share"], lines, side.rows.xmeasured[row] ? "Read from counters" : "Counted from shapes")];
    const formats = [];
    for (let i = side.formatsAt[row]; i < side.formatsAt[row + 1]; ++i) {
      formats.push([state.names.formats[side.formats.format[i]], exactText(side.formats.macs[i]), exactText(side.formats.other[i])]);
    }
    const phases = state.names.phases.map((p, i) => [p, side.rows[`p${i}macs`][row], side.rows[`p${i}other`][row]])
      .filter(([, m, o]) => Number(m) || Number(o)).map(([p, m, o]) => [p, exactText(m), exactText(o)]);
    if (formats.length) out.push(plainTable(["Number format", "#MACs", "#Other FLOPs"], formats));
    if (phases.length) out.push(plainTable(["Phase", "#MACs", "#Other FLOPs"], phases));
    return out;
  },

  verdicts(state, side, row) {
    const from = side.verdictsAt[row];
    const n = side.verdictsAt[row + 1] - from;
    if (n === 0) return [make("p", {}, "Nothing can be compared here.")];
    const index = state.sides.indexOf(side);
    return [longTable(["Verdict", "#Amount", "Module", "Cause", "What to change"], n, (k) => {
      const v = side.verdicts;
      const i = from + k;
      return [state.names.verdict_texts[v.kind[i]], `${signed(exactText(v.amount[i]))} ${v.between[i] ? "FLOPs" : "MACs"}`,
        rowLink(state, index, v.at[i]), side.cause(i), side.strings[v.remedy[i]]];
    }, "MACs: formula − operator; FLOPs: measured − operator", 10)];
  },

  operators(state, side, row) {
    const o = side.ops;
    const groups = new Map();
    for (let i = side.opsAt[row]; i < side.opsAt[side.end[row]]; ++i) {
      const key = `${o.name[i]},${o.shapes[i]},${o.phase[i]},${o.status[i]},${o.format[i]},${o.note[i]}`;
      const g = groups.get(key);
      if (!g) {
        groups.set(key, { i, calls: o.calls[i], macs: o.macs[i], useful: o.useful[i], other: o.other[i], rows: new Set([o.row[i]]) });
        continue;
      }
      for (const c of ["calls", "macs", "useful", "other"]) g[c] = add(g[c], o[c][i]);
      g.rows.add(o.row[i]);
    }
    const all = [...groups.values()].sort((a, b) => Number(b.macs) - Number(a.macs) || Number(b.other) - Number(a.other));
    if (all.length === 0) return [make("p", {}, side.operators ? "No operator call was recorded here." : "No operators were observed.")];
    return [longTable(["Operator", "Shapes", "Phase", "Format", "#Calls", "#MACs", "#Useful MACs", "#Other FLOPs", "Modules", "Counted"],
      all.length, (k) => {
        const g = all[k];
        const note = side.strings[o.note[g.i]];
        return [make("code", {}, side.strings[o.name[g.i]]), make("code", {}, side.strings[o.shapes[g.i]]),
          state.names.phases[o.phase[g.i]], state.names.formats[o.format[g.i]], exactText(g.calls), exactText(g.macs),
          exactText(g.useful), exactText(g.other), modulesCell(state, side, g.rows), statusTexts[o.status[g.i]] + (note ? `: ${note}` : "")];
      }, "With everything below; equal calls are one line")];
  },

  launches(state, side, row) {
    return launchEvidence(state, side, row);
  },

  formula(state, side, row) {
    if (!side.formula) return [make("p", {}, "No formula was collected.")];
    const r = side.rows;
    return [plainTable(["Figure", "#Count"], [
      ["formula MACs of this row", exactText(r.formula[row])],
      ["its own rule, MACs", r.rulemacs[row] === null ? "no such rule" : exactText(r.rulemacs[row])],
      ["its own rule, operations", r.ruleops[row] === null ? "no such rule" : exactText(r.ruleops[row])],
      ["calls that the rule answered", exactText(r.rulecalls[row])],
      ["MACs that the walk adds to the total from here", exactText(r.walkmacs[row])],
      ["operations that the walk adds to the total from here", exactText(r.walkops[row])],
    ])];
  },
};

function modulesCell(state, side, rows) {
  const all = [...rows];
  const index = state.sides.indexOf(side);
  const cell = make("span", {}, rowLink(state, index, all[0]));
  if (all.length > 1) cell.append(` and ${exactText(all.length - 1)} more`);
  return cell;
}
