// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/choice.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "flopwatch/error.hpp"
#include "flopwatch/metrics.hpp"
#include "metrics/instruction_name.hpp"
#include "metrics/tensor_name.hpp"

namespace flopwatch::metrics {
namespace {

constexpr std::string_view sum = ".sum";

void add_once(std::vector<std::string>& names, std::string name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

bool has_base(chip_questions const& chip, std::string_view name) {
  return std::find(chip.base_metrics.begin(), chip.base_metrics.end(), name) != chip.base_metrics.end();
}

bool can_count(chip_questions const& chip, std::string const& metric) {
  return !chip.can_count || chip.can_count(metric);
}

void want(choice& out, chip_questions const& chip, std::string metric) {
  auto& list = can_count(chip, metric) ? out.wanted : out.lacking;
  add_once(list, std::move(metric));
}

void choose_cuda_core(choice& out, chip_questions const& chip) {
  for (auto const& line : instruction_weights()) {
    auto const base = "sm__sass_thread_inst_executed_op_" + std::string(line.operation) + "_pred_on";
    if (has_base(chip, base)) want(out, chip, base + std::string(sum));
  }
  if (out.wanted.empty() && out.lacking.empty())
    out.notes.emplace_back("CUPTI has no counter of this chip's CUDA-core instructions.");
  std::set<std::string> indicators;
  for (auto const& base : chip.base_metrics) {
    auto name = base + std::string(sum);
    if (starts_tensor_work(base) && can_count(chip, name)) indicators.insert(std::move(name));
  }
  out.indicators.assign(indicators.begin(), indicators.end());
}

[[noreturn]] void refuse_type(std::string const& type) {
  std::string known;
  for (auto const word : tensor_types()) known.append(known.empty() ? "" : ", ").append(word);
  throw usage_error("\"" + type + "\" is not a number format of the tensor cores; the formats are: " + known);
}

std::uint32_t wanted_formats(metric_request const& request) {
  std::uint32_t bits = 0;
  for (auto const& type : request.types) {
    auto const bit = tensor_name::format_bit(type);
    if (bit == 0) refuse_type(type);
    bits |= bit;
  }
  return bits;
}

using named_counters = std::vector<std::pair<std::string, tensor_name>>;

bool is_part_of_another(named_counters const& all, std::string const& name, tensor_name const& counter) {
  return std::any_of(all.begin(), all.end(), [&](auto const& other) {
    return other.first != name && other.second.contains(counter);
  });
}

void choose_tensor(choice& out, chip_questions const& chip, metric_request const& request) {
  auto const formats = wanted_formats(request);
  named_counters found;
  for (auto const& base : chip.base_metrics) {
    auto name = base + std::string(sum);
    auto const parsed = tensor_name::parse(name);
    if (parsed) found.emplace_back(std::move(name), *parsed);
  }
  std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  std::uint32_t there = 0;
  bool any = false;
  for (auto const& [name, parsed] : found) {
    bool const is_part = is_part_of_another(found, name, parsed);
    if (is_part || (formats != 0 && (parsed.sources & formats) == 0)) continue;
    there |= parsed.sources;
    any = true;
    want(out, chip, name);
  }
  for (auto const& type : request.types) {
    if ((tensor_name::format_bit(type) & there) == 0) {
      out.notes.push_back("This chip has no counter of tensor-core operations on " + type + ".");
    }
  }
  if (!any && request.types.empty()) {
    out.notes.emplace_back("CUPTI has no counter of tensor-core operations for this chip.");
  }
}

void choose_dram_bytes(choice& out, chip_questions const& chip) {
  constexpr std::string_view bytes = "dram__bytes";
  if (has_base(chip, bytes)) {
    want(out, chip, std::string(bytes) + std::string(sum));
  } else {
    out.notes.emplace_back("CUPTI has no counter of this chip's DRAM traffic.");
  }
}

void choose_named(choice& out, chip_questions const& chip, std::string const& name) {
  if (auto const* const derived = derived_metric_from(name)) {
    for (auto const& term : derived->terms) choose_named(out, chip, term.metric);
    return;
  }
  auto full = name.find('.') == std::string::npos ? name + std::string(sum) : name;
  if (!chip.is_known(full)) {
    throw usage_error("the chip has no metric \"" + full +
                      "\"; `flopwatch metrics --chip <chip> --list` lists its metrics" +
                      (full == name ? ""
                                    : "; ratios and throughputs have no .sum: write the whole name, as in "
                                      "sm__throughput.avg.pct_of_peak_sustained_elapsed"));
  }
  if (!can_count(chip, full)) {
    throw usage_error(
        "this device cannot count \"" + full +
        "\" of its chip: a MIG slice lacks the counters of units that it shares; use a whole GPU, or leave "
        "the metric out");
  }
  add_once(out.wanted, std::move(full));
}

}  // namespace

choice choose(chip_questions const& chip, metric_request const& request) {
  choice out;
  if (!request.metrics.empty()) {
    for (auto const& name : request.metrics) choose_named(out, chip, name);
    return out;
  }
  static_cast<void>(wanted_formats(request));
  if (request.set != metric_set::tensor) choose_cuda_core(out, chip);
  if (request.set != metric_set::cuda_core) choose_tensor(out, chip, request);
  if (request.set == metric_set::roofline) choose_dram_bytes(out, chip);
  return out;
}

std::vector<std::vector<std::string>> parts_of(std::string const& metric, chip_questions const& chip) {
  auto const whole = tensor_name::parse(metric);
  if (!whole) return {};
  std::vector<std::string> by_operation;
  std::vector<std::string> by_destination;
  std::vector<std::string> by_sparsity;
  for (auto const& base : chip.base_metrics) {
    auto name = base + std::string(sum);
    auto const part = tensor_name::parse(name);
    if (!part || name == metric || !whole->contains(*part) || !can_count(chip, name)) continue;
    // They differ from the whole in one thing alone.
    bool const operation = part->operation != whole->operation;
    bool const destination = part->destinations != whole->destinations;
    bool const sparsity = part->sparsity != whole->sparsity;
    if (operation + destination + sparsity != 1) continue;
    (operation ? by_operation : destination ? by_destination : by_sparsity).push_back(std::move(name));
  }
  std::vector<std::vector<std::string>> out;
  for (auto* const list : {&by_operation, &by_destination, &by_sparsity}) {
    if (list->empty()) continue;
    std::sort(list->begin(), list->end());
    out.push_back(std::move(*list));
  }
  return out;
}

}  // namespace flopwatch::metrics
