// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/grouping.hpp"

#include <algorithm>
#include <cstdint>

#include "flopwatch/metrics.hpp"

namespace flopwatch::metrics {
namespace {

using item = std::vector<std::string>;  ///< metrics that stay in one group

/// Instrumented metrics fit one pass together, but not with other metrics. They are then one item instead of
/// a dozen.
std::vector<item> items_of(std::vector<std::string> const& metrics, chip_questions const& chip) {
  item instrumented;
  std::vector<item> out;
  for (auto const& metric : metrics) {
    if (is_instrumented(metric)) instrumented.push_back(metric);
  }
  bool const together = instrumented.size() > 1 && chip.passes(instrumented) == 1;
  if (together) out.push_back(instrumented);
  for (auto const& metric : metrics) {
    if (!together || !is_instrumented(metric)) out.push_back({metric});
  }
  return out;
}

/// Searches for the fewest groups; asks for each set of items once.
class search {
 public:
  search(std::vector<item> items, chip_questions const& chip) : items_(std::move(items)), chip_(chip) {}

  std::vector<metric_group> run() {
    if (items_.size() <= exact_limit) {
      std::vector<std::uint64_t> groups;
      place(0, groups);
    } else {
      first_fit();
    }
    std::vector<metric_group> out;
    for (auto const& group : best_) out.push_back({names(group), 1});
    return out;
  }

 private:
  using members = std::vector<std::size_t>;

  std::vector<std::string> names(members const& group) const {
    std::vector<std::string> out;
    for (auto const i : group) out.insert(out.end(), items_[i].begin(), items_[i].end());
    return out;
  }

  /// A superset never needs fewer passes, so most sets need no question.
  bool fits(std::uint64_t bits) {
    for (auto const set : unfit_) {
      if ((bits & set) == set) return false;
    }
    for (auto const set : fit_) {
      if ((bits & set) == bits) return true;
    }
    bool const answer = chip_.passes(names(of(bits))) == 1;
    (answer ? fit_ : unfit_).push_back(bits);
    return answer;
  }

  static members of(std::uint64_t bits) {
    members out;
    for (std::size_t i = 0; bits >> i != 0; ++i) {
      if ((bits >> i & 1U) != 0) out.push_back(i);
    }
    return out;
  }

  void place(std::size_t i, std::vector<std::uint64_t>& groups) {
    if (found_ && groups.size() >= best_.size()) return;
    if (i == items_.size()) {
      best_.clear();
      for (auto const bits : groups) best_.push_back(of(bits));
      found_ = true;
      return;
    }
    auto const bit = std::uint64_t{1} << i;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      if (!fits(groups[g] | bit)) continue;
      groups[g] |= bit;
      place(i + 1, groups);
      groups[g] &= ~bit;
    }
    groups.push_back(bit);
    place(i + 1, groups);
    groups.pop_back();
  }

  void first_fit() {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      auto const home = std::find_if(best_.begin(), best_.end(), [&](members const& group) {
        auto with = group;
        with.push_back(i);
        return chip_.passes(names(with)) == 1;
      });
      if (home == best_.end()) {
        best_.push_back({i});
      } else {
        home->push_back(i);
      }
    }
  }

  std::vector<item> items_;
  chip_questions const& chip_;
  std::vector<std::uint64_t> fit_;
  std::vector<std::uint64_t> unfit_;
  std::vector<members> best_;
  bool found_ = false;
};

}  // namespace

std::vector<metric_group> single_pass_groups(std::vector<std::string> const& metrics,
                                             chip_questions const& chip) {
  if (metrics.empty()) return {};
  if (metrics.size() == 1 || chip.passes(metrics) == 1) return {{metrics, 1}};
  return search(items_of(metrics, chip), chip).run();
}

std::vector<metric_group> multi_pass_groups(std::vector<std::string> const& metrics,
                                            chip_questions const& chip) {
  std::vector<metric_group> out;
  for (auto const& metric : metrics) {
    metric_group alone{{metric}, chip.passes({&metric, 1})};
    metric_group* home = nullptr;
    int most_saved = 0;
    int passes_there = 0;
    for (auto& group : out) {
      auto with = group.metrics;
      with.push_back(metric);
      int const together = chip.passes(with);
      if (int const saved = group.passes + alone.passes - together; saved > most_saved) {
        most_saved = saved;
        home = &group;
        passes_there = together;
      }
    }
    if (home == nullptr) {
      out.push_back(std::move(alone));
    } else {
      home->metrics.push_back(metric);
      home->passes = passes_there;
    }
  }
  return out;
}

}  // namespace flopwatch::metrics
