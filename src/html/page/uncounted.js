// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What was not counted: operators without a rule, launches without counters, modules that were not seen.

const tensorTexts = {
  lacktensor: "worked on the tensor cores, so their FLOPs are not known",
  maytensor: "may have worked on the tensor cores, so their FLOPs are at least what was read",
};

function uncountedOf(state, index) {
  const side = state.sides[index];
  const out = [];
  // The formula is of the forward pass, so it is not missing in another phase.
  const elsewhere = side.phase && side.phase !== "forward" && !side.formula;
  let listed = side.losses + [side.operators, side.measured, side.formula || elsewhere].filter((collected) => !collected).length;
  const list = (title, titles, lines) => {
    listed += lines.length;
    if (lines.length) out.push(make("h3", {}, title), longTable(titles, lines.length, (i) => lines[i]()));
  };
  const o = side.ops;
  const operators = (statuses) => {
    const lines = [];
    for (let i = 0; i < o.n; ++i) {
      if (!statuses.includes(o.status[i])) continue;
      lines.push(() => [make("code", {}, side.strings[o.name[i]]), make("code", {}, side.strings[o.shapes[i]]), exactText(o.calls[i]),
        rowLink(state, index, o.row[i]), statusTexts[o.status[i]] + (side.strings[o.note[i]] ? `: ${side.strings[o.note[i]]}` : "")]);
    }
    return lines;
  };
  const titles = ["Operator", "Shapes", "#Calls", "Module", "Why"];
  list("Operators that no rule counts, in full or in part", titles, operators([2, 3]));
  list("Operators whose work is an estimate", titles, operators([4]));
  const l = side.launches;
  const launches = [];
  for (let i = 0; i < l.n; ++i) {
    if (l.flops[i] !== null || l.how[i] >= 2) continue; // their scope has the count, or the launch of their graph
    launches.push(() => [make("code", {}, side.strings[l.kernel[i]]), exactText(l.launches[i]), rowLink(state, index, l.row[i]),
      howTexts[l.how[i]] || "launched, not measured"]);
  }
  for (let i = 0; i < side.ranges.n; ++i) {
    if (side.ranges.flops[i] !== null) continue;
    launches.push(() => ["all of the scope", exactText(side.ranges.launches[i]), rowLink(state, index, side.ranges.row[i]),
      "counted together, without a value"]);
  }
  const r = side.rows;
  const without = `${exactText(r.unmeasured[0] ?? 0)} of ${exactText(r.launches[0] ?? 0)}`;
  list(`Launches without counts: ${without}`, ["Kernel", "#Launches", "Module", "Why"], launches);
  if (launches.length === 0 && Number(r.unmeasured[0])) {
    ++listed;
    out.push(make("p", {}, `Launches without counts: ${without}. The capture does not say which.`));
  }
  const tensor = [];
  for (const [column, why] of Object.entries(tensorTexts)) {
    for (let i = 0; i < r.n; ++i) {
      if (Number(r[column][i])) tensor.push(() => [rowLink(state, index, i), exactText(r[column][i]), why]);
    }
  }
  list("Launches without the counters of the tensor cores", ["Module", "#Launches", "Why"], tensor);
  const unseen = [];
  for (let r = 0; r < side.rows.n; ++r) {
    if (side.rows.tone[r] !== 5 || !/not seen/.test(side.strings[side.rows.verdict[r]])) continue;
    unseen.push(() => [rowLink(state, index, r), side.type(r)]);
  }
  list("Modules whose calls were not seen", ["Module", "Type"], unseen);
  if (!side.operators) out.push(make("p", {}, "The operator column was not collected."));
  if (!side.measured) out.push(make("p", {}, "The measured column was not collected: nothing here was read from a GPU's counters."));
  if (elsewhere) out.push(make("p", {}, `The formula is of the forward pass, and this page shows the phase ${side.phase} alone.`));
  else if (!side.formula) out.push(make("p", {}, "The formula column was not collected."));
  if (out.length === 0) out.push(make("p", {}, "Every operator call has a count, and every launch was measured."));
  return { parts: out, listed };
}

function drawUncounted(state, place) {
  const all = state.sides.map((side, i) => uncountedOf(state, i));
  place.replaceChildren(...state.sides.map((side, i) =>
    make("div", {}, state.sides.length > 1 ? make("h3", { className: "of" }, side.name) : null, ...all[i].parts)));
  const listed = all.reduce((sum, one) => sum + one.listed, 0);
  document.getElementById("to-uncounted").textContent = `Not counted: ${listed ? exactText(listed) : "nothing"}`;
}
