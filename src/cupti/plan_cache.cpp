// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/plan_cache.hpp"

#include <map>
#include <mutex>
#include <tuple>
#include <vector>

namespace flopwatch::cupti {
namespace {

// A process uses one copy of CUPTI.
using plan_key = std::tuple<std::string, metric_set, std::vector<std::string>, std::vector<std::string>,
                            std::vector<std::uint8_t>>;
constexpr std::size_t most_plans = 32;

}  // namespace

std::shared_ptr<chip_plan const> plan_of(std::string const& chip, metric_request const& request,
                                         std::span<std::uint8_t const> availability) {
  static std::mutex mutex;
  static auto& plans = *new std::map<plan_key, std::shared_ptr<chip_plan const>>;
  plan_key key{chip, request.set, request.types, request.metrics, {availability.begin(), availability.end()}};
  std::lock_guard const lock(mutex);
  if (auto const known = plans.find(key); known != plans.end()) return known->second;
  auto made = std::make_shared<chip_plan const>(make_plan(chip, request, availability));
  if (plans.size() >= most_plans) plans.clear();
  return plans.emplace(std::move(key), std::move(made)).first->second;
}

}  // namespace flopwatch::cupti
