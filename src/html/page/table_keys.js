// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The table by keyboard, as a treegrid: arrows walk and fold, Enter opens the evidence.

function gridKey(grid, event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target !== grid.place) return;
  const { state, nodes } = grid;
  const node = state.tree(0).nearest(Math.max(0, state.selected[0]));
  const at = grid.at.get(node.row) ?? 0;
  const page = Math.max(1, Math.floor(grid.place.clientHeight / rowHeight) - 2);
  const walk = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: nodes.length - 1, PageDown: at + page, PageUp: at - page };
  if (event.key in walk) {
    if (nodes.length) state.select(0, nodes[Math.min(nodes.length - 1, Math.max(0, walk[event.key]))].row);
  } else if (event.key === "ArrowRight") {
    if (state.closed.has(node.row)) grid.toggle(node.row);
    else if (node.children.length && nodes[at + 1]) state.select(0, nodes[at + 1].row);
  } else if (event.key === "ArrowLeft") {
    if (node.children.length && !state.closed.has(node.row) && grid.hits === null) grid.toggle(node.row);
    else if (node.parent) state.select(0, node.parent.row);
  } else if (event.key === "Enter") {
    openEvidence(state, "figures");
  } else if (event.key === " ") {
    state.zoomTo(0, node.row);
  } else if (event.key === "*") {
    state.closed.clear();
    state.changed("rows");
  } else {
    return;
  }
  event.preventDefault();
}
