// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/executed_json.hpp"

#include <utility>

#include <fmt/format.h>

namespace flopwatch::report {
namespace {

nlohmann::json parts_json(executed_flops const& flops) {
  auto out = nlohmann::json::object();
  for (auto const p : all_executed_parts) out[fmt::format("{}_flops", to_string(p))] = flops[p];
  out["flops"] = flops.total();
  return out;
}

}  // namespace

nlohmann::json executed_json(executed_work const* e) {
  if (e == nullptr) return nullptr;
  auto out = parts_json(e->flops);
  out["source"] = e->measured ? "measured" : "operator";
  out["by_precision"] = nullptr;
  if (!e->by_precision) return out;
  auto formats = nlohmann::json::array();
  for (auto const& [format, flops] : *e->by_precision) {
    auto one = parts_json(flops);
    one["precision"] = to_string(format);
    formats.push_back(std::move(one));
  }
  out["by_precision"] = std::move(formats);
  return out;
}

}  // namespace flopwatch::report
