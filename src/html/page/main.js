// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Puts the parts together.

function start(data) {
  const state = new State(data);
  const two = state.sides.length > 1;
  const pictures = document.getElementById("pictures");
  const icicles = state.sides.map((side, i) => {
    const place = make("div", { className: "picture", "data-side": i });
    pictures.append(two ? make("div", {}, make("h3", {}, side.name), place) : place);
    return new Icicle(state, i, place, scaleOf);
  });
  pictures.classList.toggle("two", two);

  /** FLOPs across the width of the picture: the largest panel of both captures. */
  function scaleOf(own) {
    const all = state.sides.flatMap((s, i) => {
      const tree = state.tree(i);
      const top = tree.nearest(Math.max(0, state.zoom[i]));
      return (icicles[i] ? icicles[i].panels() : []).map(([by]) => tree.size(top, by));
    });
    return Math.max(...own, ...all);
  }

  const grid = new Grid(state, document.getElementById("grid"));
  const evidence = new Evidence(state, document.getElementById("evidence"));
  bindControls(state);
  for (const place of ["kernels", "uncounted", "against"]) {
    document.getElementById(place).addEventListener("click", (e) => {
      const link = e.target.closest("[data-to]");
      if (!link) return;
      state.select(Number(link.dataset.side), Number(link.dataset.to));
      document.getElementById("evidence-title").scrollIntoView({ block: "center" });
    });
  }
  const drawPicture = () => {
    icicles.forEach((i) => i.draw());
    drawLegend(state, document.getElementById("legend"));
    const zoomed = state.tree(0).nearest(Math.max(0, state.zoom[0]));
    document.getElementById("zoomed").textContent = zoomed.row === 0 ? "everything" : state.own.nameOf(zoomed.row);
    document.getElementById("zoom-out").disabled = zoomed.row === 0;
  };
  const sayZoom = () => {
    document.getElementById("said").textContent = `Shown: ${document.getElementById("zoomed").textContent}`;
  };
  const drawTable = () => {
    grid.draw();
    const said = [counted(grid.nodes.length, "row", "rows")];
    if (grid.hits) said.push(`${exactText(grid.hits.size)} found`);
    if (state.folded && state.own.leftOut) said.push(`${counted(state.own.leftOut, "module", "modules")} without work left out`);
    document.getElementById("rows-said").textContent = said.join(", ");
  };
  state.listen((what) => {
    const has = (...names) => names.some((n) => what.has(n));
    if (has("rows", "units", "picture")) drawTable();
    if (has("rows", "units", "picture", "zoom")) drawPicture();
    if (has("selection")) {
      icicles.forEach((i) => i.mark());
      grid.show();
      say(state);
    }
    if (has("zoom")) sayZoom();
    if (has("selection", "rows")) evidence.draw();
  });
  drawTable();
  drawPicture();
  evidence.draw();
  drawUncounted(state, document.getElementById("uncounted"));
  setTimeout(() => {
    drawKernels(state, document.getElementById("kernels"));
    for (const part of ["against-section", "to-against"]) document.getElementById(part).hidden = !two;
    if (two) drawAgainst(state, document.getElementById("against"));
    document.documentElement.dataset.ready = "yes";
    performance.mark("ready");
  });
  let width = innerWidth;
  addEventListener("resize", () => {
    if (width !== innerWidth) drawPicture();
    width = innerWidth;
    grid.drawRows();
  });
  addEventListener("beforeprint", () => {
    grid.printing = true;
    grid.drawRows();
  });
  addEventListener("afterprint", () => {
    grid.printing = false;
    grid.drawRows();
  });
}

unpacked(document.getElementById("data")).then(start).catch((error) => {
  const place = document.getElementById("failed");
  place.hidden = false;
  place.append(` ${error}`);
});
