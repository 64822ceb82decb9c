// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The panel that every number opens: what the figures of one module are made of.

const evidenceTitles = {
  figures: "Figures",
  executed: "What ran",
  verdicts: "Why the columns differ",
  operators: "Operator calls",
  launches: "Launches and counters",
  formula: "Formula",
};

/** Opens one section, and moves the focus there. */
function openEvidence(state, section) {
  const place = document.getElementById("evidence");
  const details = place.querySelector(`[data-section=${section}]`);
  details.open = true;
  place.evidence.fill(section);
  const summary = details.querySelector("summary");
  summary.focus({ preventScroll: true });
  details.scrollIntoView({ block: "nearest" });
}

class Evidence {
  constructor(state, place) {
    this.state = state;
    this.place = place;
    place.evidence = this;
    this.title = make("h2", { id: "evidence-title" });
    this.note = make("p", { className: "note" });
    place.append(this.title, this.note);
    this.bodies = {};
    for (const [section, title] of Object.entries(evidenceTitles)) {
      const body = make("div", { className: "evidence-body" });
      const details = make("details", { "data-section": section }, make("summary", {}, title), body);
      details.open = ["figures", "executed", "verdicts"].includes(section);
      details.addEventListener("toggle", () => details.open && this.fill(section));
      this.bodies[section] = body;
      place.append(details);
    }
    place.addEventListener("keydown", (e) => {
      if (e.key === "Escape") document.getElementById("grid").focus();
    });
    place.addEventListener("click", (e) => {
      const link = e.target.closest("[data-to]");
      if (link) state.select(Number(link.dataset.side || state.side), Number(link.dataset.to));
    });
  }

  draw() {
    const { state } = this;
    const side = state.sides[state.side];
    const row = Math.max(0, state.selected[state.side]);
    const many = state.sides.length > 1;
    this.node = state.tree(state.side).nearest(row);
    this.title.textContent = (many ? `${side.name}: ` : "") + side.nameOf(row);
    const notes = [side.type(row)];
    if (this.node.row === row && this.node.times > 1) {
      notes.push(`stands for ${exactText(this.node.times)} equal modules; the evidence is that of one of them`);
    }
    if (side.rows.flags[row] & 2) notes.push("a scope around a root: what the root did in it is listed in the root's row");
    if (side.rows.flags[row] & 4) notes.push("its formula is not in the total: a rule above ends the walk");
    this.note.textContent = notes.filter(Boolean).join(" · ");
    this.filled = new Set();
    for (const details of this.place.querySelectorAll("details[data-section]")) {
      if (details.open) this.fill(details.dataset.section);
      else this.bodies[details.dataset.section].replaceChildren();
    }
  }

  fill(section) {
    if (this.filled.has(section)) return;
    this.filled.add(section);
    const { state } = this;
    const row = Math.max(0, state.selected[state.side]);
    this.bodies[section].replaceChildren(...evidenceParts[section](state, state.sides[state.side], row));
  }
}

/** A plain table; cells are texts or elements, columns that begin with # are numbers. */
function plainTable(titles, rows, caption) {
  const cell = (tag, i, v) => {
    const out = make(tag, { className: titles[i].startsWith("#") ? "number" : "" }, v);
    if (tag === "th") out.scope = "col";
    else if (titles.length > 4) out.setAttribute("data-title", titles[i].replace(/^#/, ""));
    out.setAttribute("role", tag === "th" ? "columnheader" : "cell");
    return out;
  };
  const head = make("tr", {}, ...titles.map((t, i) => cell("th", i, t.replace(/^#/, ""))));
  const lines = rows.map((r) => make("tr", { role: "row" }, ...r.map((v, i) => cell("td", i, v))));
  // A narrow window shows the rows of a wide table as cards; the roles are for browsers that forget them then.
  const table = make("table", { className: titles.length > 4 ? "wide" : "", role: "table" }, caption ? make("caption", {}, caption) : null, make("thead", {}, head), make("tbody", {}, ...lines));
  return make("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": caption || titles.join(", ").replace(/#/g, "") }, table);
}

const listedAtOnce = 60;

/** The first rows of a long table, and a button for more. `line(i)`: the cells of one row. */
function longTable(titles, n, line, caption, first = listedAtOnce) {
  const place = make("div", {});
  const draw = (most) => {
    const rows = [];
    for (let i = 0; i < Math.min(n, most); ++i) rows.push(line(i));
    place.replaceChildren(plainTable(titles, rows, caption));
    if (n <= most) return;
    const more = make("button", { type: "button", className: "more" }, `Show more: ${exactText(most)} of ${exactText(n)} are listed`);
    more.addEventListener("click", () => draw(most * 10));
    place.append(more);
  };
  draw(first);
  return place;
}

function rowLink(state, side, row) {
  const text = state.sides[side].nameOf(row);
  return make("button", { type: "button", className: "link", "data-to": row, "data-side": side, title: text }, text);
}
