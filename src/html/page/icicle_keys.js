// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The picture by keyboard: arrows walk, Enter zooms in, Escape zooms out.

const sizeNames = { executed: "executed", operator: "operator column", measured: "measured", formula: "formula" };

function icicleKey(icicle, event) {
  const { state, side } = icicle;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const tree = state.tree(side);
  const drawn = (n) => n && icicle.cells.has(n.row);
  let node = tree.nearest(Math.max(0, state.selected[side]));
  while (node.parent && !drawn(node)) node = node.parent;
  if (!drawn(node)) node = tree.nearest(Math.max(0, state.zoom[side])); // the selection is elsewhere
  const by = icicle.panels()[0]?.[0] || state.size;
  const largest = (nodes) => nodes.filter(drawn).sort((a, b) => tree.sizeBelow(b, by) - tree.sizeBelow(a, by))[0];
  const beside = (step) => {
    const all = node.parent ? node.parent.children.filter(drawn) : [];
    return all[all.indexOf(node) + step];
  };
  const to = {
    ArrowDown: () => node.children.find(drawn),
    ArrowUp: () => (drawn(node.parent) ? node.parent : null),
    ArrowLeft: () => beside(-1),
    ArrowRight: () => beside(1),
    Home: () => tree.nearest(Math.max(0, state.zoom[side])),
    End: () => largest(node.children),
  }[event.key];
  if (to) {
    const target = to();
    if (target) state.select(side, target.row);
  } else if (event.key === "Enter") {
    state.zoomTo(side, node.row);
  } else if (event.key === "Escape" || event.key === "Backspace") {
    const top = tree.nearest(Math.max(0, state.zoom[side]));
    state.zoomTo(side, top.parent ? top.parent.row : 0);
  } else if (event.key === " ") {
    openEvidence(state, "figures");
  } else {
    return;
  }
  event.preventDefault();
}
