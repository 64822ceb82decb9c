// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "flopwatch/attribution.hpp"
#include "flopwatch/capture.hpp"

namespace flopwatch::test {

/// What a recording on a machine without a GPU says of itself.
inline std::map<std::string, std::string> info_without_gpu(std::string const& framework = "LibTorch 2.11.0") {
  return {{info_key::created_utc, "2026-01-31T12:00:00Z"},
          {info_key::program, "flopwatch 0.1.0"},
          {info_key::framework, framework},
          {info_key::formula, "thop 0.1.1 rules"},
          {info_key::device, "none"},
          {info_key::measured, "not collected"},
          {info_key::measured_reason, "this machine has no NVIDIA driver"},
          {info_key::synthetic, "yes"}};
}

/// Builds capture data with made-up figures, record by record. Every function returns the new id.
class capture_builder {
 public:
  capture_builder() { data.info[info_key::synthetic] = "yes"; }

  std::int64_t module(std::string type, rule_origin rule = rule_origin::none) {
    module_record m;
    m.id = next(data.modules);
    m.library_type = rule == rule_origin::thop;
    m.opens_scope = true;
    m.rule = rule;
    m.rule_name = rule == rule_origin::none ? "" : type;
    m.type = std::move(type);
    data.modules.push_back(m);
    return m.id;
  }

  std::int64_t path(std::int64_t parent, std::string const& name, std::int64_t module) {
    module_path_record p;
    p.id = next(data.module_paths);
    p.parent = parent;
    p.name = name;
    p.path = name;
    if (parent != 0 && !data.module_paths[at(parent)].path.empty()) {
      p.path = data.module_paths[at(parent)].path + "." + name;
    }
    p.module = module;
    data.module_paths.push_back(p);
    return p.id;
  }

  std::int64_t scope(std::int64_t parent, std::string const& path, std::int64_t module,
                     std::int64_t entries = 1) {
    scope_record s;
    s.id = next(data.scopes);
    s.parent = parent;
    s.path = path;
    s.module = module;
    s.type = module == 0 ? "scope" : data.modules[at(module)].type;
    s.entries = entries;
    data.scopes.push_back(s);
    return s.id;
  }

  /// A module with one path and one scope, which all have the same id.
  std::int64_t placed_module(std::int64_t parent, std::string const& name, std::string type,
                             rule_origin rule = rule_origin::none, std::int64_t entries = 1) {
    auto const id = module(std::move(type), rule);
    path(parent, name, id);
    scope(parent, data.module_paths.back().path, id, entries);
    return id;
  }

  /// A counted call of the multiply-add class.
  std::int64_t product(std::int64_t scope, std::string const& name, std::int64_t macs,
                       std::int64_t other_flops = 0) {
    operator_call_record c;
    c.id = next(data.operator_calls);
    c.scope = scope;
    c.name = name;
    c.arithmetic = arithmetic::multiply_add;
    c.precision = precision::fp32;
    c.calls = 1;
    c.total = {macs, macs, other_flops};
    data.operator_calls.push_back(c);
    return c.id;
  }

  /// A counted call of other arithmetic.
  std::int64_t elementwise(std::int64_t scope, std::string const& name, std::int64_t flops) {
    auto const id = product(scope, name, 0, flops);
    data.operator_calls.back().arithmetic = arithmetic::other;
    return id;
  }

  std::int64_t product(std::int64_t scope, std::string const& name, std::string const& shapes,
                       std::int64_t macs) {
    auto const id = product(scope, name, macs);
    data.operator_calls.back().shapes = shapes;
    return id;
  }

  std::int64_t unsupported(std::int64_t scope, std::string const& name,
                           operator_status status = operator_status::unsupported) {
    auto const id = product(scope, name, 0);
    data.operator_calls.back().arithmetic = arithmetic::none;
    data.operator_calls.back().status = status;
    return id;
  }

  void formula(std::int64_t scope, std::int64_t module, std::int64_t amount, std::int64_t calls = 1,
               formula_unit unit = formula_unit::macs) {
    data.formula_calls.push_back({scope, module, unit, calls, amount, ""});
  }

  void loss(std::string const& kind) { data.losses.push_back({kind, severity::error, 1, "a sentence"}); }

  std::int64_t kernel(std::string const& name) {
    data.kernels.push_back({next(data.kernels), name, ""});
    return data.kernels.back().id;
  }

  launch_group& launch(std::int64_t scope, std::int64_t operator_call, std::int64_t kernel,
                       std::map<std::string, std::optional<std::int64_t>> sums) {
    launch_group g;
    g.plan = 1;
    g.kernel = kernel;
    g.scope = scope;
    g.operator_call = operator_call;
    g.launches = 1;
    g.sums = std::move(sums);
    data.launch_groups.push_back(std::move(g));
    return data.launch_groups.back();
  }

  void scope_range(std::int64_t scope, std::int64_t launches, metric_sums sums) {
    data.scope_range_groups.push_back({1, scope, phase::forward, 1, launches, std::move(sums)});
  }

  module_record& module_at(std::int64_t id) { return data.modules[at(id)]; }
  operator_call_record& call_at(std::int64_t id) { return data.operator_calls[at(id)]; }

  capture_data data;

 private:
  static std::size_t at(std::int64_t id) { return static_cast<std::size_t>(id - 1); }
  template <class Records>
  static std::int64_t next(Records const& records) {
    return static_cast<std::int64_t>(records.size()) + 1;
  }
};

inline constexpr char const* fadd_metric = "sm__sass_thread_inst_executed_op_fadd_pred_on.sum";
inline constexpr char const* ffma_metric = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
inline constexpr char const* hfma_metric = "sm__sass_thread_inst_executed_op_hfma_pred_on.sum";
inline constexpr char const* hadd_metric = "sm__sass_thread_inst_executed_op_hadd_pred_on.sum";
inline constexpr char const* tensor_metric = "sm__ops_path_tensor_src_fp16_dst_fp32.sum";

/// The row with this path; fails by throwing.
inline std::size_t row_at(attribution const& tree, std::string const& path) {
  for (std::size_t r = 0; r < tree.rows.size(); ++r) {
    if (tree.rows[r].path == path && !tree.rows[r].outside) return r;
  }
  throw std::out_of_range("no row has the path " + path);
}

}  // namespace flopwatch::test
