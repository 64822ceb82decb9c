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

struct listed_operator {
  std::int64_t calls = 0;
  std::map<std::string, std::int64_t> shapes;
  std::vector<std::string> modules;
  std::string note;
};

using operator_list = std::map<std::string, listed_operator>;

/// What one pass over the calls found.
struct listed_operators {
  operator_list unsupported, partly, estimated;

  /// Null for a call that is counted, or has nothing to count.
  operator_list* list_of(operator_call_record const& call) {
    switch (call.status) {
      case operator_status::unsupported:
        return &unsupported;
      case operator_status::partly_counted:
        return &partly;
      case operator_status::counted:
        return call.is_estimate() ? &estimated : nullptr;
      case operator_status::no_arithmetic:
        break;
    }
    return nullptr;
  }
};

listed_operators collect(analysis const& a) {
  listed_operators found;
  for (auto const& row : a.tree.rows) {
    for (auto const index : row.operator_calls) {
      auto const& call = a.capture.operator_calls.at(index);
      auto* const list = found.list_of(call);
      if (list == nullptr) continue;
      auto& entry = (*list)[call.name];
      entry.calls = saturating_add(entry.calls, call.calls);
      auto& of_shape = entry.shapes[call.shapes];
      of_shape = saturating_add(of_shape, call.calls);
      auto const name = place_name(row);
      if (std::find(entry.modules.begin(), entry.modules.end(), name) == entry.modules.end()) {
        entry.modules.push_back(name);
      }
      if (entry.note.empty()) entry.note = call.note;
    }
  }
  return found;
}

void list(page& p, operator_list const& operators) {
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
  auto const [unsupported, partly, estimated] = collect(a);
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
  if (!estimated.empty()) {
    p.heading("Estimated operators: their rules give no exact count");
    p.blank();
    list(p, estimated);
  }
}

}  // namespace flopwatch::report
