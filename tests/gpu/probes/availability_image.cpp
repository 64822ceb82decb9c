// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "cupti/chip_plan.hpp"
#include "cupti/device_checks.hpp"
#include "cupti/host.hpp"
#include "gpu/probes/gpu.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

namespace cupti = flopwatch::cupti;
using names = std::vector<std::string>;

names base_metrics(std::string const& chip, std::vector<std::uint8_t> const& availability) {
  cupti::host const host(chip, availability);
  names out;
  for (auto const kind :
       {cupti::metric_kind::counter, cupti::metric_kind::ratio, cupti::metric_kind::throughput}) {
    auto const some = host.base_metrics(kind);
    out.insert(out.end(), some.begin(), some.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// Of `all`, those that are not in `others`. Both are sorted.
names only_in(names const& all, names const& others) {
  names out;
  std::set_difference(all.begin(), all.end(), others.begin(), others.end(), std::back_inserter(out));
  return out;
}

json facts_of(cupti::chip_plan const& plan) {
  auto groups = json::array();
  for (auto const& group : plan.groups)
    groups.push_back({{"metrics", group.names()},
                      {"passes", group.passes},
                      {"config_image_bytes", group.config_image.size()}});
  return groups;
}

/// How many groups of the same metrics have the same config image.
std::size_t same_images(cupti::chip_plan const& one, cupti::chip_plan const& other) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < std::min(one.groups.size(), other.groups.size()); ++i) {
    if (one.groups[i].config_image == other.groups[i].config_image) ++same;
  }
  return same;
}

}  // namespace

finding availability_image(setting const& s) {
  gpu const device(s);
  auto const image = cupti::counter_availability(device.cupti(), device.context());
  auto const without = base_metrics(device.chip(), {});
  auto const with = base_metrics(device.chip(), image);
  auto const plan_without = cupti::make_plan(device.chip(), {});
  auto const plan_with = cupti::make_plan(device.chip(), {}, image);
  auto const groups_without = facts_of(plan_without);
  auto const groups_with = facts_of(plan_with);
  auto const same = same_images(plan_without, plan_with);
  finding out;
  out.facts = {{"availability_image_bytes", image.size()}, {"base_metrics_without", without.size()},
               {"base_metrics_with", with.size()},         {"only_without", only_in(without, with)},
               {"only_with", only_in(with, without)},      {"passes_without", plan_without.passes()},
               {"passes_with", plan_with.passes()},        {"lacking_with", plan_with.lacking},
               {"groups_without", groups_without},         {"groups_with", groups_with},
               {"groups_with_the_same_config_image", same}};
  bool const same_plan = groups_with == groups_without;
  bool const same_bytes = same == plan_without.groups.size() && same == plan_with.groups.size();
  out.answer = std::string("The image leaves the metrics ") + (with == without ? "as they are" : "changed") +
               ", the full plan and its passes " + (same_plan ? "as they are" : "changed") +
               ", and the config images " + (same_bytes ? "equal to the byte." : "different.");
  return out;
}

}  // namespace gpu_probes
