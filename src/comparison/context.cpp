// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/context.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::comparison_detail {
namespace {

template <class Records>
std::unordered_map<std::int64_t, std::size_t> index_of(Records const& records) {
  std::unordered_map<std::int64_t, std::size_t> at;
  at.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) at.emplace(records[i].id, i);
  return at;
}

constexpr std::size_t longest_kernel_name = 72;

/// A kind that this version does not know can mean anything.
bool leaves_operators_whole(capture_data const& c) {
  return c.complete && std::all_of(c.losses.begin(), c.losses.end(), [](data_loss_record const& l) {
           auto const* const kind = loss::find(l.kind);
           return l.severity != severity::error || (kind != nullptr && kind->operators_whole);
         });
}

}  // namespace

context::context(capture_data const& c, attribution const& t, std::string whole)
    : capture(c),
      tree(t),
      modules_(index_of(c.modules)),
      // Only launches ask for operator calls by their ids.
      operators_(c.launch_groups.empty() ? std::unordered_map<std::int64_t, std::size_t>()
                                         : index_of(c.operator_calls)),
      kernels_(index_of(c.kernels)),
      operators_whole_(leaves_operators_whole(c)),
      lost_answers_(
          std::any_of(answers_lost.begin(), answers_lost.end(), [&](auto kind) { return has_loss(kind); })),
      whole_(std::move(whole)) {}

module_record const* context::module_of(std::size_t r) const {
  auto const found = modules_.find(row(r).module);
  return found == modules_.end() ? nullptr : &capture.modules[found->second];
}

bool context::is_ruled(std::size_t r) const {
  auto const* const m = module_of(r);
  return m != nullptr && m->rule != rule_origin::none && row(r).path_id != 0;
}

bool context::is_walked_through(std::size_t r) const {
  auto const* const m = module_of(r);
  return r == 0 || (m != nullptr && m->transparent);
}

bool context::has_loss(std::string_view kind) const {
  return std::any_of(capture.losses.begin(), capture.losses.end(),
                     [&](auto const& l) { return l.kind == kind && l.count > 0; });
}

std::string context::name(std::size_t r) const {
  auto const& it = row(r);
  if (it.outside) return "outside every module";
  if (r == 0) return it.type.empty() ? "the whole" : fmt::format("the root ({})", it.type);
  if (it.path.empty()) return it.label;
  return it.type.empty() ? it.path : fmt::format("{} ({})", it.path, it.type);
}

std::string context::type(std::size_t r) const { return row(r).type.empty() ? "it" : row(r).type; }

std::string context::kernel_name(std::int64_t id) const {
  auto const found = kernels_.find(id);
  if (found == kernels_.end()) return "a kernel";
  auto text = capture.kernels[found->second].display_name();
  if (text.size() > longest_kernel_name) text = text.substr(0, longest_kernel_name - 3) + "...";
  return text;
}

std::string context::call_name(operator_call_record const& c) {
  return c.shapes.empty() ? c.name : c.name + ' ' + c.shapes;
}

namespace {

bool has_overflowed(operator_call_record const& c) { return c.note == overflow_error().what(); }

}  // namespace

std::string why_uncounted(operator_call_record const& c, bool others) {
  bool const partly = c.status == operator_status::partly_counted;
  if (has_overflowed(c)) {
    return fmt::format("the count of {} did not fit 64 bits{}", c.name,
                       others ? ", and there are others" : "");
  }
  if (!c.note.empty()) {
    return fmt::format("the rule of {} could not count this call ({}){}{}", c.name, c.note,
                       others ? ", and there are others" : "",
                       partly ? ", only calls inside it were counted" : "");
  }
  return fmt::format("{} no operator rule{}", c.name + (others ? " and others have" : " has"),
                     partly ? ", only calls inside it were counted" : "");
}

std::string count_it(operator_call_record const& c) {
  if (has_overflowed(c)) return "Count a smaller input.";
  return c.note.empty() ? fmt::format("Give {} a rule in operator_rules.", c.name)
                        : fmt::format("Fix the call, or replace the rule of {} in operator_rules.", c.name);
}

}  // namespace flopwatch::comparison_detail
