// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "flopwatch/capture.hpp"
#include "unit/capture/synthetic_records.hpp"

/// \file
/// Made-up captures of the ranks of a job, small and valid: a model with an attention and two experts, its
/// operator calls, formula calls, measured launches with raw images, a scope range and a data loss.

namespace flopwatch::test {

/// What a rank does otherwise than the others.
struct synthetic_rank {
  std::int64_t rank = 0;
  std::int64_t world_size = -1;  ///< -1: the launcher did not say
  std::int64_t batch = 4;
  std::int64_t experts_batch = 4;
  std::int64_t skew = 0;  ///< more rows for the second expert
  std::int64_t steps = 1;
  std::int64_t first_layer = 0;  ///< the layers that it has
  std::int64_t layers = 2;
  std::string root = "Model";
  std::string gpu = "NVIDIA Synthetic";
  bool measured = true;
  bool formula = true;
  bool closed = true;
  std::vector<data_loss_record> losses = {};
  std::vector<std::uint8_t> config_image = {1, 2, 3};
};

inline constexpr char const* synthetic_ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";

/// Writes the rows of one rank. Of each layer: "layers.N.attn" with 100 MACs for each row of its batch and
/// "layers.N.experts.E" with 10.
class synthetic_rank_writer {
 public:
  synthetic_rank_writer(capture_writer& to, synthetic_rank const& r) : to_(to), r_(r) {}

  void write() {
    info();
    module_record root{1, r_.root, false, false, true, rule_origin::none, "", 50 * r_.layers};
    to_.add(root);
    to_.add(module_path_record{1, 0, "", "", 1});
    scope_record const s{1, 0, "", r_.root, 1, 1, phase::forward, r_.steps};
    to_.add(s);
    if (r_.measured) {
      to_.add_plan(1, {{1, 1, synthetic_ffma, "inst", 0}, {2, 1, "sm__rate.pct", "%", 1}});
      to_.add(counter_group_record{1, 0, "GH100", 130000, r_.config_image});
      to_.add(counter_group_record{1, 1, "GH100", 130000, {4}});
      to_.add(kernel_record{1, "_Z4gemmv", "gemm()"});
      to_.add(kernel_record{2, "(CUDA graph 1)", ""});
    }
    list_of_layers();
    for (auto i = r_.first_layer; i < r_.first_layer + r_.layers; ++i) layer(i);
    elementwise();
    if (r_.measured) measured_extras();
    for (auto const& l : r_.losses) to_.add(l);
  }

 private:
  void info() {
    to_.set_info(info_key::synthetic, "yes");
    to_.set_info(info_key::created_utc, "2026-01-31T12:00:0" + std::to_string(r_.rank % 10) + "Z");
    to_.set_info(info_key::program, "flopwatch 0.1.0");
    to_.set_info(info_key::formula, r_.formula ? "thop 0.1.1 rules" : no_formula);
    to_.set_info(info_key::host, "node" + std::to_string(r_.rank / 4));
    to_.set_info(info_key::pid, std::to_string(1000 + r_.rank));
    to_.set_info(info_key::started_utc, "2026-01-31T11:00:00.00000000" + std::to_string(r_.rank % 10) + "Z");
    to_.set_info(info_key::rank, std::to_string(r_.rank));
    to_.set_info(info_key::local_rank, std::to_string(r_.rank % 4));
    if (r_.world_size >= 0) to_.set_info(info_key::world_size, std::to_string(r_.world_size));
    to_.set_info(info_key::device, "cuda:" + std::to_string(r_.rank % 4));
    if (r_.measured) to_.set_info(info_key::gpu, r_.gpu);
    to_.set_info(info_key::measured, r_.measured ? "collected" : "not collected");
  }

  /// A module with one path, of the same id, and one scope.
  std::int64_t placed(std::int64_t parent, std::string const& name, std::string const& path,
                      std::string const& type, bool called = true) {
    auto const id = next_++;
    to_.add(module_record{id, type, true, !called, true, called ? rule_origin::thop : rule_origin::none,
                          called ? type : "", 7});
    to_.add(module_path_record{id, parent, name, path, id});
    if (called) to_.add(scope_record{++scopes_, 1, path, type, id, 1, phase::forward, r_.steps});
    return id;
  }

  void list_of_layers() { layers_ = placed(1, "layers", "layers", "ModuleList", false); }

  void layer(std::int64_t number) {
    auto const path = "layers." + std::to_string(number);
    auto const layer = placed(layers_, std::to_string(number), path, "ModuleList", false);
    work_of(placed(layer, "attn", path + ".attn", "Linear"), r_.batch, 100);
    auto const experts = placed(layer, "experts", path + ".experts", "ModuleList", false);
    for (int e = 0; e < 2; ++e) {
      work_of(placed(experts, std::to_string(e), path + ".experts." + std::to_string(e), "Linear"),
              r_.experts_batch + r_.skew * e, 10);
    }
  }

  /// Of the module that was placed last.
  void work_of(std::int64_t module, std::int64_t rows, std::int64_t macs_a_row) {
    auto const scope = scopes_;
    auto const macs = rows * macs_a_row * r_.steps;
    operator_call_record c{next_call_++,
                           scope,
                           "aten::mm",
                           "[" + std::to_string(rows) + ",10]",
                           phase::forward,
                           operator_status::counted,
                           arithmetic::multiply_add,
                           precision::fp32,
                           r_.steps,
                           {macs, macs, 0},
                           ""};
    to_.add(c);
    if (r_.formula) to_.add(formula_call_record{scope, module, formula_unit::macs, r_.steps, macs, "[]"});
    if (!r_.measured) return;
    launch_record l;
    l.id = next_launch_++;
    l.plan = 1;
    l.kernel = 1;
    l.scope = scope;
    l.operator_call = c.id;
    l.order = order_++;
    l.context = 9;
    l.stream = 7;
    l.thread = 100 + r_.rank;
    l.counters = {static_cast<double>(macs), 0.5};
    to_.add(l);
  }

  void elementwise() {
    to_.add(operator_call_record{next_call_++,
                                 0,
                                 "aten::relu",
                                 "[5]",
                                 phase::forward,
                                 operator_status::counted,
                                 arithmetic::other,
                                 precision::fp32,
                                 r_.steps,
                                 {0, 0, 5 * r_.steps},
                                 ""});
  }

  void measured_extras() {
    // A graph of two products, and the images of all launches before it.
    to_.add(graph_kernel_record{2, 1, 1, 0, phase::forward, 2});
    launch_record graph;
    graph.id = next_launch_++;
    graph.kernel = 2;
    graph.scope = 1;
    graph.context = 9;
    graph.order = order_;
    to_.add(graph);
    raw_chunk_record const chunk{1, 1, 0, 9, 0, order_, order_, false, true, 3};
    to_.add(chunk, std::vector<std::uint8_t>{static_cast<std::uint8_t>(r_.rank), 8, 9});
    to_.add(raw_chunk_record{2, 1, 1, 9, 0, order_, order_, false, false, 3});
  }

  capture_writer& to_;
  synthetic_rank const& r_;
  std::int64_t next_ = 2, scopes_ = 1, layers_ = 0, next_call_ = 1, next_launch_ = 1, order_ = 0;
};

/// \returns where it is: `path`, or its part file if `r.closed` is false
inline std::filesystem::path write_rank(std::filesystem::path const& path, synthetic_rank const& r) {
  capture_writer w(path);
  synthetic_rank_writer(w, r).write();
  if (!r.closed) return path.string() + ".part";
  w.close();
  return path;
}

}  // namespace flopwatch::test
