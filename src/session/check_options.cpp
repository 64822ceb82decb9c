// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "session/check_options.hpp"

#include <algorithm>
#include <regex>
#include <string>
#include <string_view>

#include "capture/path_pattern.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/metrics.hpp"
#include "flopwatch/plan.hpp"

namespace flopwatch::detail {
namespace {

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// Whether a chip can have it: CUPTI's counters are named after their unit, "smsp__inst_executed".
bool can_be_metric(std::string_view name) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:";
  return derived_metric_from(name) != nullptr ||
         (name.find("__", 1) != name.npos && name.find_first_not_of(characters) == name.npos);
}

void check_metrics(std::string_view text) {
  if (text.empty() || parse_metric_set(text)) return;
  bool any = false;
  for (std::size_t at = 0; at <= text.size();) {
    auto const end = std::min(text.find(',', at), text.size());
    auto const name = text.substr(at, end - at);
    at = end + 1;
    if (name.empty()) continue;
    any = true;
    if (!can_be_metric(name)) {
      throw usage_error("there are no metrics " + in_quotes(name) +
                        ": take cuda-core, tensor, full or roofline, or names of CUPTI's metrics, like "
                        "smsp__inst_executed.sum, with commas between them");
    }
  }
  if (!any)
    throw usage_error("metrics is " + in_quotes(text) + ", which names none: leave it empty for the default");
}

void check_tensor_types(std::vector<std::string> const& types) {
  auto const known = tensor_types();
  for (auto const& type : types) {
    if (std::find(known.begin(), known.end(), type) != known.end()) continue;
    std::string all;
    for (auto const& k : known) all.append(all.empty() ? "" : ", ").append(k);
    throw usage_error("no tensor core has the number format " + in_quotes(type) + ": take some of " + all);
  }
}

void check_rules(std::map<std::string, operator_rule_function> const& rules) {
  for (auto const& [name, rule] : rules) {
    if (name.empty())
      throw usage_error("a rule is given for the operator \"\": name it, like my::fused_gelu");
    if (!rule) throw usage_error("the rule for " + name + " is an empty function: give one, or leave it out");
  }
}

void check_reuse(reuse_options const& options) {
  if (!(options.budget >= 0 && options.budget <= 1)) {
    throw usage_error("reuse.budget is " + std::to_string(options.budget) +
                      ": give a share of the run's time, 0 to 1");
  }
  if (!(options.learning_s >= 0 && options.learning_s <= 86'400)) {
    throw usage_error("reuse.learning_s is " + std::to_string(options.learning_s) +
                      ": give seconds, 0 to 86,400");
  }
  if (options.checks < 1 || options.checks > 1000) {
    throw usage_error("reuse.checks is " + std::to_string(options.checks) +
                      ": measure each key 1 to 1,000 times");
  }
  if (options.most_keys < 1) {
    throw usage_error("reuse.most_keys is " + std::to_string(options.most_keys) + ": keep 1 key or more");
  }
  for (auto const& name : options.variable_kernels) {
    if (name.empty() || name == "-") {
      throw usage_error(
          "reuse.variable_kernels has an empty name, which is part of every kernel's: leave it out");
    }
  }
}

void check_launches(session_options const& options) {
  auto const& wanted = options.launches;
  bool const restricts = !wanted.kernel.empty() || wanted.skip != 0 || wanted.count != -1;
  if (restricts && (options.scope_depth > 0 || options.replay == replay_mode::reuse)) {
    throw usage_error(
        "launches are chosen, which needs each launch counted alone: use scope depth 0, and another replay "
        "mode than reuse");
  }
  if (wanted.skip < 0 || wanted.count < -1) {
    throw usage_error("launches.skip or launches.count is negative: give numbers of launches");
  }
  try {
    std::regex const unused(wanted.kernel, std::regex::ECMAScript);
  } catch (std::regex_error const& e) {
    throw usage_error("launches.kernel is \"" + wanted.kernel + "\", which is no regular expression (" +
                      e.what() + "): write one as ECMAScript has them");
  }
}

}  // namespace

void check_options(session_options const& options) {
  check_launches(options);
  check_metrics(options.metrics);
  check_tensor_types(options.tensor_types);
  if (options.scope_depth < 0) {
    throw usage_error("scope_depth is " + std::to_string(options.scope_depth) +
                      ": give 1 to count the outermost scopes, 0 for each launch by itself");
  }
  if (options.max_ranges == 0)
    throw usage_error("max_ranges is 0: give 1 launch or more between two readings");
  check_reuse(options.reuse);
  if (options.max_rows == 0) throw usage_error("max_rows is 0, which keeps no operator call: give 1 or more");
  if (options.warmup < 0) {
    throw usage_error("warmup is " + std::to_string(options.warmup) + ": give a number of runs, 0 or more");
  }
  for (auto const& name : options.waiting_kernels) {
    if (name.empty() || name == "-")
      throw usage_error("waiting_kernels has an empty name, which is part of every kernel's: leave it out");
  }
  static_cast<void>(expand_pattern(options.capture.native(), {}));
  check_rules(options.operator_rules);
  check_rules(options.library_operator_rules);
}

}  // namespace flopwatch::detail
