// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Launches with the counters behind them, and the list of kernels.

/** The counters of one line of launches: sums, weights, FLOPs. */
function countersOf(state, side, from, zeros) {
  const place = make("div", {});
  const lines = [];
  for (let i = 0; i < side.sums.n; ++i) {
    if (side.sums.of[i] !== from) continue;
    const m = side.sums.metric[i];
    const value = side.sums.value[i];
    lines.push([make("code", {}, side.strings[side.metrics.name[m]]), value === null ? absent : exactText(value),
      `× ${side.metrics.floor[m]}${side.metrics.ceiling[m] !== side.metrics.floor[m] ? ` to ${side.metrics.ceiling[m]}` : ""}`,
      exactText(times(value, side.metrics.floor[m])),
      state.names.formats[side.metrics.format[m]] + (side.metrics.tensor[m] ? ", tensor cores" : ", CUDA cores"),
      side.strings[side.metrics.reason[m]] + (side.metrics.instrumented[m] ? " Instrumented." : " Hardware counter.") +
        (side.metrics.proved[m] ? "" : " No kernel of known count has confirmed this weight.")]);
  }
  if (lines.length) place.append(plainTable(["Counter", "#Sum", "#Weight", "#FLOPs", "Format", "Why"], lines));
  else place.append(make("p", {}, "No counter of FLOPs has a value other than 0 here."));
  if (zeros > 0) place.append(make("p", { className: "note" }, `${zeros} more counters of FLOPs read 0.`));
  return place;
}

/** A number that opens to its counters. */
function flopsCell(state, side, table, i, offset) {
  const flops = table.flops[i];
  if (flops === null && table.zeros[i] === 0 && table.how && table.how[i] >= 2) return howTexts[table.how[i]];
  const text = flops === null ? "not measured" : exactText(flops);
  const details = make("details", { className: "counters" }, make("summary", {}, text));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(countersOf(state, side, i + offset, table.zeros[i]));
  });
  return details;
}

/** The tensor cores' part of what was counted. */
function tensorCell(of, i) {
  if (of.flops[i] === null) return "";
  return of.tensor[i] === null ? "not counted" : shareText(of.tensor[i], of.flops[i]);
}

function launchEvidence(state, side, row) {
  const l = side.launches;
  const order = [];
  for (let i = side.launchesAt[row]; i < side.launchesAt[side.end[row]]; ++i) order.push(i);
  order.sort((a, b) => Number(l.flops[b] ?? -1) - Number(l.flops[a] ?? -1) || l.launches[b] - l.launches[a]);
  const index = state.sides.indexOf(side);
  const out = [];
  if (order.length === 0) out.push(make("p", {}, "No launch was recorded here."));
  else {
    out.push(longTable(["Kernel", "Module", "Operator", "Phase", "#Launches", "#FLOPs", "#Tensor cores", "How"], order.length, (k) => {
      const i = order[k];
      return [make("code", {}, side.strings[l.kernel[i]]), rowLink(state, index, l.row[i]),
        l.op[i] === 0 ? "outside the dispatcher" : make("code", {}, side.strings[side.ops.name[l.op[i] - 1]]),
        state.names.phases[l.phase[i]], exactText(l.launches[i]), flopsCell(state, side, l, i, 0),
        tensorCell(l, i), howTexts[l.how[i]]];
    }, "With everything below; open a number of FLOPs for its counters"));
  }
  const ranges = [];
  for (let i = 0; i < side.ranges.n; ++i) {
    if (side.ranges.row[i] >= row && side.ranges.row[i] < side.end[row]) ranges.push(i);
  }
  if (ranges.length) {
    out.push(longTable(["Counted together in", "Phase", "#Launches", "#FLOPs", "#Tensor cores"], ranges.length, (k) => {
      const i = ranges[k];
      return [rowLink(state, index, side.ranges.row[i]), state.names.phases[side.ranges.phase[i]], exactText(side.ranges.launches[i]),
        flopsCell(state, side, side.ranges, i, l.n), tensorCell(side.ranges, i)];
    }));
  }
  return out;
}

/** One line for each kernel of the capture. */
function kernelLines(side) {
  const l = side.launches;
  const all = new Map();
  for (let i = 0; i < l.n; ++i) {
    let k = all.get(l.kernel[i]);
    if (!k) all.set(l.kernel[i], (k = { kernel: l.kernel[i], launches: 0, flops: 0, tensor: null, lacking: 0, unmeasured: 0, together: 0, nodes: 0, rows: new Set() }));
    k.launches = add(k.launches, l.launches[i]);
    if (l.flops[i] === null) {
      const which = { 2: "together", 3: "nodes" }[l.how[i]] || "unmeasured";
      k[which] = add(k[which], l.launches[i]);
    } else k.flops = add(k.flops, l.flops[i]);
    if (l.tensor[i] !== null) k.tensor = add(k.tensor ?? 0, l.tensor[i]);
    else if (l.flops[i] !== null) k.lacking = add(k.lacking, l.launches[i]);
    k.rows.add(l.row[i]);
  }
  return [...all.values()].sort((a, b) => Number(b.flops) - Number(a.flops) || Number(b.launches) - Number(a.launches));
}

/** FLOPs that were read for a kernel by itself. */
function kernelFlops(k) {
  const without = [k.unmeasured, k.together, k.nodes].reduce(add);
  if (Number(without) === 0) return exactText(k.flops);
  if (Number(k.launches) > Number(without)) return `at least ${exactText(k.flops)}`;
  return Number(k.unmeasured) ? "not measured" : "not by itself";
}

/** Counters of the tensor cores may have been collected for some launches alone. */
function kernelTensor(k) {
  if (k.tensor === null) return "not counted";
  return `${Number(k.lacking) ? "at least " : ""}${shareText(k.tensor, k.flops)}`;
}

function drawKernels(state, place) {
  const parts = state.sides.map((side) => {
    const all = kernelLines(side);
    const title = state.sides.length > 1 ? make("h3", {}, side.name) : null;
    const number = (n) => (Number(n) ? exactText(n) : "");
    // Columns of launches that are counted elsewhere, where there are any.
    const more = [["together", "#Counted with their scope"], ["nodes", "#In a CUDA graph"]].filter(([which]) => all.some((k) => Number(k[which])));
    const none = Number(side.rows.launches[0]) ? `${exactText(side.rows.launches[0])} launches are known, their kernels are not.`
      : "No kernel was launched, or none was recorded.";
    const body = all.length === 0 ? make("p", {}, none)
      : longTable(["Kernel", "#Launches", "#FLOPs", "#Tensor cores", "#Not measured", ...more.map((m) => m[1]), "Modules"], all.length, (i) => {
        const k = all[i];
        const flops = kernelFlops(k);
        return [make("code", {}, side.strings[k.kernel]), exactText(k.launches), flops,
          /\d/.test(flops) ? kernelTensor(k) : "", number(k.unmeasured), ...more.map(([which]) => number(k[which])), modulesCell(state, side, k.rows)];
      }, "Most FLOPs first; the tensor cores' part is read from counters");
    return make("div", {}, title, body);
  });
  place.replaceChildren(...parts);
}
