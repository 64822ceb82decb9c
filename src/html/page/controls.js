// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The switches above the picture and the table, the theme, and what a screen reader hears.

function option(select, value, text) {
  select.append(make("option", { value }, text));
}

function bindSelect(state, id, name, what) {
  const select = document.getElementById(id);
  select.value = String(state[name]);
  select.addEventListener("change", () => state.set(name, select.value, what));
  return select;
}

function bindControls(state) {
  const size = document.getElementById("size");
  const s = state.own;
  if (s.operators) {
    option(size, "executed", "executed FLOPs");
    option(size, "operator", "operator column");
  }
  if (s.measured) option(size, "measured", "measured");
  if (s.formula) option(size, "formula", "formula");
  bindSelect(state, "size", "size", "picture");
  const colour = bindSelect(state, "colour", "colour", "picture");
  // What no capture knows has no colours.
  if (state.sides.every((s) => s.formats.n === 0)) colour.querySelector("[value=precision]").remove();
  if (!state.sides.some((s) => s.operators)) colour.querySelector("[value=parts]").remove();
  bindSelect(state, "units", "units", "units");
  bindCheck("apart", state.apart, (on) => state.set("apart", on, "picture"));
  bindCheck("exact", state.exact, (on) => state.set("exact", on, "units"));
  document.getElementById("apart").disabled = !s.operators;
  const two = state.sides.length > 1;
  bindCheck("fold", state.folded, (on) => {
    state.folded = on;
    state.closeDeep();
    state.changed("rows");
  });
  document.getElementById("fold").closest("label").hidden = two; // equal modules of one capture differ in another
  const search = document.getElementById("search");
  search.addEventListener("input", () => state.set("query", search.value, "rows"));
  search.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      search.value = "";
      state.set("query", "", "rows");
    } else if (e.key === "Enter" || e.key === "ArrowDown") {
      e.preventDefault();
      document.getElementById("grid").focus();
    }
  });
  document.getElementById("zoom-out").addEventListener("click", () => state.zoomTo(0, 0));
  document.getElementById("zoom-in").addEventListener("click", () => state.zoomTo(state.side, Math.max(0, state.selected[state.side])));
  document.getElementById("unfold").addEventListener("click", () => {
    state.closed.clear();
    state.changed("rows");
  });
  document.getElementById("fold-all").addEventListener("click", () => {
    for (const n of state.tree(0).nodes) if (n.children.length && n.depth > 0) state.closed.add(n.row);
    state.changed("rows");
  });
  bindTheme();
  document.addEventListener("keydown", (e) => {
    const typing = e.target.closest("input, select, textarea");
    if (typing || e.altKey || e.ctrlKey || e.metaKey) return;
    if (e.key === "/") document.getElementById("search").focus();
    else if (e.key === "u") step(document.getElementById("units"));
    else if (e.key === "c") step(document.getElementById("colour"));
    else return;
    e.preventDefault();
  });
}

function bindCheck(id, on, set) {
  const box = document.getElementById(id);
  box.checked = on;
  box.addEventListener("change", () => set(box.checked));
}

function step(select) {
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  select.dispatchEvent(new Event("change"));
}

function bindTheme() {
  const select = document.getElementById("theme");
  select.addEventListener("change", () => (document.documentElement.dataset.theme = select.value));
}

function say(state) {
  const side = state.sides[state.side];
  const row = Math.max(0, state.selected[state.side]);
  const node = state.tree(state.side).nearest(row);
  const flops = times(side.flops(row, state.size), node.times);
  document.getElementById("said").textContent =
    `${side.nameOf(row)}, ${side.type(row)}, ${state.withUnit(flops, state.size)}`;
}
