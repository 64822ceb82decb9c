// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/recheck.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "capture/synthetic_image.hpp"
#include "flopwatch/error.hpp"
#include "recheck/checks.hpp"
#include "recheck/launches.hpp"
#include "recheck/reuse_sums.hpp"

namespace flopwatch::recheck {
using namespace cupti;
namespace {

using group_of_plan = std::pair<std::int64_t, std::int64_t>;

/// The metrics of one metric group, and the positions of their values in a launch's counters.
struct group_metrics {
  std::vector<std::string> names;
  std::vector<std::size_t> positions;
  counter_group_record const* counted_with = nullptr;
};

std::map<group_of_plan, group_metrics> groups_of(capture_data const& c) {
  std::map<group_of_plan, group_metrics> out;
  std::map<std::int64_t, std::size_t> metrics_so_far;
  for (auto const& m : c.metrics) {
    auto& group = out[{m.plan, m.metric_group}];
    group.names.push_back(m.name);
    group.positions.push_back(metrics_so_far[m.plan]++);
  }
  for (auto const& g : c.counter_groups) {
    if (auto const it = out.find({g.plan, g.metric_group}); it != out.end()) it->second.counted_with = &g;
  }
  return out;
}

class image_comparison {
 public:
  image_comparison(capture_reader const& reader, evaluate_raw const& evaluate)
      : reader_(reader), evaluate_(evaluate), capture_(reader.load()), groups_(groups_of(capture_)) {
    kernels_[0] = "scope range";
    for (auto const& k : capture_.reuse_keys) kernel_of_key_[k.id] = k.kernel;
    for (auto const& k : capture_.kernels) kernels_[k.id] = k.display_name();
  }

  recheck_result run() {
    describe();
    if (result_.reuse) checks_.read(reader_);
    sort_chunks();
    if (result_.kept == 0 || result_.compared == 0) refuse();
    if (!result_.reuse) launches_.read(reader_);
    reader_.for_each_raw_image([&](raw_chunk_record const& chunk, std::vector<std::uint8_t>& image) {
      result_.synthetic = result_.synthetic || is_synthetic(image);
      if (comparable(chunk)) compare(chunk, image);
      return true;
    });
    launches_.count(result_.launches, result_.equal_launches);
    if (result_.reuse) finish_checks();
    return std::move(result_);
  }

 private:
  void describe() {
    auto const info = [&](char const* key) {
      auto const it = capture_.info.find(key);
      return it == capture_.info.end() ? std::string() : it->second;
    };
    result_.synthetic = info(info_key::synthetic) == "yes";
    result_.gpu = info(info_key::gpu);
    result_.by_scope = !info(info_key::scope_depth).empty();
    result_.complete = capture_.complete;
    result_.share = recheckable(capture_);
    if (result_.share.of_checks) result_.reuse.emplace();
    for (auto const& g : capture_.counter_groups) {
      result_.chips.insert(g.chip);
      result_.counted_with.insert(g.cupti_version);
    }
  }

  [[nodiscard]] bool comparable(raw_chunk_record const& c) const {
    bool const possible = c.launches <= std::numeric_limits<std::int64_t>::max() - c.first_order;
    return c.kept && !c.lossy && possible && groups_.contains({c.plan, c.metric_group}) &&
           (!result_.reuse || checks_.any_of(c.id));
  }

  void sort_chunks() {
    result_.chunks = static_cast<std::int64_t>(capture_.raw_chunks.size());
    for (auto const& c : capture_.raw_chunks) {
      if (!c.kept) continue;
      ++result_.kept;
      if (c.lossy) {
        ++result_.lossy;
      } else if (result_.reuse && !checks_.any_of(c.id)) {
        ++result_.reuse->chunks_without_checks;
      } else if (!comparable(c)) {
        ++result_.left_out;
      } else {
        ++result_.compared;
        launches_.want(c);
      }
    }
  }

  [[noreturn]] void refuse() const {
    if (result_.chunks == 0) {
      throw usage_error(
          "the capture has no raw counter data: nothing was measured, or an older flopwatch recorded it; record "
          "again on a GPU");
    }
    if (result_.kept == 0) {
      throw usage_error(
          "the capture has no raw counter data, because it was recorded with --raw none; record with --raw "
          "sample or --raw all");
    }
    if (result_.reuse && result_.reuse->chunks_without_checks > 0) {
      throw usage_error(fmt::format(
          "the capture lists no check of {} of its {} raw images, and the others have no values to compare; "
          "record again",
          result_.reuse->chunks_without_checks, result_.kept));
    }
    throw usage_error(fmt::format(
        "none of the {} raw images in the capture has values to compare with ({} from chunks affected by a "
        "data loss, {} of metric groups that are not in the plan); record again",
        result_.kept, result_.lossy, result_.left_out));
  }

  void compare(raw_chunk_record const& chunk, std::vector<std::uint8_t>& image) {
    auto const& group = groups_.at({chunk.plan, chunk.metric_group});
    if (group.counted_with == nullptr) {
      throw capture_error(fmt::format(
          "the capture does not say on which chip metric group {} of plan {} was counted, so it cannot be "
          "rechecked; record again",
          chunk.metric_group, chunk.plan));
    }
    auto const size = image.size();
    image.resize(size + padding_bytes);
    auto const values = evaluate_(chunk, *group.counted_with, std::span(image).first(size), group.names);
    auto const width = group.names.size();
    auto const ranges = static_cast<std::int64_t>(values.size() / width);
    if (ranges != chunk.ranges || ranges != chunk.launches) {
      result_.wrong_chunks.push_back(
          fmt::format("The image of chunk {} has {} ranges; the capture says {} ranges of {} launches.",
                      chunk.id, ranges, chunk.ranges, chunk.launches));
    }
    for (std::int64_t i = 0; i < std::min(ranges, chunk.launches); ++i) {
      auto const of_range = std::span(values).subspan(static_cast<std::size_t>(i) * width, width);
      if (result_.reuse) {
        compare_check(chunk, i, group, of_range);
      } else {
        compare_launch(chunk, chunk.first_order + i, group, of_range);
      }
    }
  }

  void compare_launch(raw_chunk_record const& chunk, std::int64_t order, group_metrics const& group,
                      std::span<double const> values) {
    auto* const launch = launches_.find(chunk.plan, chunk.context, order);
    if (launch == nullptr) {
      ++result_.missing_launches;
      return;
    }
    compare_values(launches_, *launch, group, values,
                   {chunk.id, chunk.context, order, kernels_[launch->kernel], "", {}, {}});
  }

  void compare_check(raw_chunk_record const& chunk, std::int64_t range, group_metrics const& group,
                     std::span<double const> values) {
    auto* const check = checks_.find(chunk.id, range);
    if (check == nullptr) {
      ++result_.missing_launches;
      return;
    }
    if (!check->has_value) return;
    auto const& kernel = check->key == 0 ? std::string("whole step") : kernels_[kernel_of_key_[check->key]];
    compare_values(checks_, *check, group, values,
                   {chunk.id, chunk.context, check->number, kernel, "", {}, {}, range, check->key});
  }

  /// \param place everything but the metric and its values
  void compare_values(auto const& stored_values, auto& compared, group_metrics const& group,
                      std::span<double const> values, value_difference place) {
    compared.compared = true;
    for (std::size_t m = 0; m < values.size(); ++m) {
      auto const stored = stored_values.value(compared, group.positions[m]);
      // Only finite numbers are stored.
      auto const evaluated = std::isfinite(values[m]) ? std::optional(values[m]) : std::nullopt;
      ++result_.values;
      if (stored == evaluated) {
        ++result_.equal_values;
        continue;
      }
      compared.differs = true;
      if (result_.differences.size() >= recheck_result::listed) continue;
      place.metric = group.names[m];
      place.stored = stored;
      place.evaluated = evaluated;
      result_.differences.push_back(place);
    }
  }

  void finish_checks() {
    for (auto const& c : checks_.all()) {
      result_.launches += c.compared ? 1 : 0;
      result_.equal_launches += c.compared && !c.differs ? 1 : 0;
      result_.reuse->steps += c.compared && c.key == 0 ? 1 : 0;
      result_.reuse->without_value += c.has_value ? 0 : 1;
    }
    result_.reuse->sums = add_up_again(reader_, capture_, checks_);
  }

  capture_reader const& reader_;
  evaluate_raw const& evaluate_;
  capture_data const capture_;
  std::map<group_of_plan, group_metrics> groups_;
  std::map<std::int64_t, std::string> kernels_;
  std::map<std::int64_t, std::int64_t> kernel_of_key_;
  recheck_launches launches_;
  recheck_checks checks_;
  recheck_result result_;
};

}  // namespace

recheck_result recheck(capture_reader const& reader, evaluate_raw const& evaluate) {
  return image_comparison(reader, evaluate).run();
}

}  // namespace flopwatch::recheck
