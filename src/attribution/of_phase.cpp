// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <unordered_map>
#include <utility>

#include "flopwatch/attribution.hpp"

namespace flopwatch {
namespace {

/// A launch goes with its operator call, whichever phase the launching thread was in.
void keep_launches(capture_data& capture, phase p) {
  std::unordered_map<std::int64_t, phase> of_call;
  if (!capture.launch_groups.empty()) {
    for (auto const& call : capture.operator_calls) of_call.emplace(call.id, call.phase);
  }
  std::erase_if(capture.launch_groups, [&](launch_group const& g) {
    auto const call = g.operator_call == 0 ? of_call.end() : of_call.find(g.operator_call);
    return (call == of_call.end() ? g.phase : call->second) != p;
  });
  std::erase_if(capture.scope_range_groups, [&](scope_range_group const& g) { return g.phase != p; });
}

}  // namespace

capture_data of_phase(capture_data capture, phase p) {
  std::string const name(to_string(p));
  bool const had_launches = !capture.launch_groups.empty() || !capture.scope_range_groups.empty();
  keep_launches(capture, p);
  std::erase_if(capture.operator_calls, [&](operator_call_record const& call) { return call.phase != p; });
  if (p != phase::forward) {
    capture.formula_calls.clear();
    capture.info[info_key::formula] = no_formula;
  }
  if (had_launches && capture.launch_groups.empty() && capture.scope_range_groups.empty()) {
    capture.info[info_key::measured] = "not collected";
    capture.info[info_key::measured_reason] = "no kernel was launched in phase " + name;
  }
  capture.processes.clear();  // their sums are of all phases
  capture.info[info_key::shown_phase] = name;
  return capture;
}

}  // namespace flopwatch
