// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "flopwatch/error.hpp"
#include "gpu/probes/counting.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

bool contains(std::string const& text, char const* part) { return text.find(part) != std::string::npos; }

bool is_half(known_counts::kernel const& k) {
  return contains(k.metric, "op_hadd") || contains(k.metric, "op_hmul") || contains(k.metric, "op_hfma");
}

int lanes_of(known_counts::kernel const& k) {
  return static_cast<int>(k.flops_each / (contains(k.metric, "op_hfma") ? 2 : 1));
}

/// Every counter of the chip that counts half-precision instructions of threads, by whatever name.
std::vector<std::string> half_metrics(gpu const& device) {
  constexpr std::array words{"op_hadd", "op_hmul", "op_hfma", "fp16", "half"};
  std::vector<std::string> out;
  for (auto const& name : device.counters()) {
    bool const is_one =
        std::any_of(words.begin(), words.end(), [&](char const* word) { return contains(name, word); });
    if (is_one && contains(name, "thread_inst_executed")) out.push_back(name + ".sum");
  }
  return out;
}

/// Values of one launch by metric; {"not_counted": why} when CUPTI refuses them.
json counted_by(gpu const& device, program const& kernel, std::vector<std::string> const& names) {
  json out = json::object();
  try {
    auto const result = count(device, metrics_of(device, names), {},
                              [&](json& codes) { codes["launch"] = code_of(kernel.launch()); });
    if (result.values.size() != 1) return {{"not_counted", result.codes}};
    for (std::size_t i = 0; i < names.size(); ++i) out[names[i]] = number(result.values[0][i]);
  } catch (flopwatch::error const& e) {
    out["not_counted"] = e.what();
  }
  return out;
}

}  // namespace

finding half_weights(setting const& s) {
  gpu const device(s);
  auto const all = half_metrics(device);
  finding out;
  std::map<int, std::set<std::string>> weights;
  for (auto const& k : s.table.kernels) {
    if (!is_half(k) || !k.is_for(device.architecture())) continue;
    program const kernel(device, k.name);
    // By itself first: what is wrong with another metric must not hide it.
    auto const alone = counted_by(device, kernel, {k.metric});
    json facts{{"lanes", lanes_of(k)},
               {"expected_thread_instructions", kernel.expected()},
               {"counted", alone},
               {"counted_with_all_of_half_precision", counted_by(device, kernel, all)}};
    if (alone.contains(k.metric) && alone[k.metric].is_number()) {
      auto const each = number(alone[k.metric].get<double>() / static_cast<double>(kernel.expected()));
      facts["counts_per_instruction"] = each;
      weights[lanes_of(k)].insert(each.dump());
    }
    out.facts[k.name] = facts;
  }
  for (auto const& [lanes, values] : weights) {
    std::string list;
    for (auto const& value : values) list += (list.empty() ? "" : " or ") + value;
    out.answer += std::string(out.answer.empty() ? "A" : "; a") + (lanes == 1 ? " one" : " two") +
                  "-lane instruction counts " + list + " for each thread";
  }
  out.answer += out.answer.empty() ? "Nothing was counted: see the codes." : ".";
  return out;
}

}  // namespace gpu_probes
