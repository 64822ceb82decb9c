// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "report/figures.hpp"
#include "report/sections.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

struct uncounted_operator {
  std::int64_t calls = 0;
  std::map<std::string, std::int64_t> shapes;
  std::vector<std::string> modules;
  std::string note;
};

using uncounted = std::map<std::string, uncounted_operator>;

/// What one pass over the calls found.
struct uncounted_of_both_kinds {
  uncounted unsupported, partly;
};

uncounted_of_both_kinds collect(analysis const& a) {
  uncounted_of_both_kinds found;
  for (auto const& row : a.tree.rows) {
    if (!row.has_unsupported && !row.has_partly_counted) continue;
    for (auto const index : row.operator_calls) {
      auto const& call = a.capture.operator_calls.at(index);
      bool const partly = call.status == operator_status::partly_counted;
      if (!partly && call.status != operator_status::unsupported) continue;
      auto& entry = (partly ? found.partly : found.unsupported)[call.name];
      entry.calls = saturating_add(entry.calls, call.calls);
      auto& of_shape = entry.shapes[call.shapes];
      of_shape = saturating_add(of_shape, call.calls);
      auto const name = row_name(row);
      if (std::find(entry.modules.begin(), entry.modules.end(), name) == entry.modules.end()) {
        entry.modules.push_back(name);
      }
      if (entry.note.empty()) entry.note = call.note;
    }
  }
  return found;
}

void list(page& p, uncounted const& operators) {
  constexpr std::size_t most = 3;
  for (auto const& [name, entry] : operators) {
    std::string where = entry.modules.front();
    if (entry.modules.size() > 1) where += fmt::format(" and {} more modules", entry.modules.size() - 1);
    p.sentence(2, fmt::format("{}: {} in {}", name, counted(entry.calls, "call"), where), look::notice);
    std::size_t shown = 0;
    for (auto const& [shapes, calls] : entry.shapes) {
      if (shown++ == most) break;
      if (!shapes.empty()) p.sentence(6, fmt::format("{} × {}", grouped(calls), shapes));
    }
    if (entry.shapes.size() > most) {
      p.sentence(
          6, fmt::format("and {} more kinds of shapes (all of them: --json)", entry.shapes.size() - most));
    }
    if (!entry.note.empty()) p.sentence(6, entry.note, look::dim);
  }
}

}  // namespace

void operators_section(page& p, analysis const& a) {
  auto const [unsupported, partly] = collect(a);
  if (!unsupported.empty()) {
    p.heading("Unsupported operators: their work is missing from the operator column");
    p.blank();
    list(p, unsupported);
  }
  if (!partly.empty()) {
    p.heading("Partly counted operators: only the operators that they call are counted");
    p.blank();
    list(p, partly);
  }
}

}  // namespace flopwatch::report
