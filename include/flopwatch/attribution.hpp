// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flopwatch/capture.hpp"
#include "flopwatch/work.hpp"

/// \file
/// Attribution: assigns the operator calls, formula calls and launches of a capture to its module tree.
/// Pure: the same capture always gives the same tree.

namespace flopwatch {

/// The parts of one number format in the sums of a measured_work. If such a sum is nullopt, its part here
/// holds only what was read.
struct measured_parts {
  std::int64_t multiply_add_flops = 0;
  std::int64_t other_flops = 0;
  std::int64_t outside_flops = 0;
  std::int64_t range_flops = 0;

  [[nodiscard]] std::int64_t total_flops() const;
  friend bool operator==(measured_parts const&, measured_parts const&) = default;
};

/// FLOPs read from counters, over a set of launches. A sum is nullopt if any launch of the set was not
/// measured; a sum over no launches is 0.
struct measured_work {
  std::int64_t launches = 0;
  std::int64_t unmeasured_launches = 0;
  /// Launches made inside an operator call of the multiply-add class.
  std::optional<std::int64_t> multiply_add_flops = 0;
  /// Launches made inside any other operator call.
  std::optional<std::int64_t> other_flops = 0;
  /// Launches outside every operator call: kernels outside the dispatcher.
  std::optional<std::int64_t> outside_flops = 0;
  /// Launches that worked on the tensor cores (by the operator's precision, the kernel's name, or counted
  /// instructions) while no tensor-core counter was collected: their sums lack that work.
  std::int64_t launches_without_tensor_metrics = 0;
  /// Counted launches outside every operator call of which no tensor-core counter was collected, on a GPU
  /// that may have tensor cores: nobody knows whether they worked there, so their FLOPs are a lower bound.
  std::int64_t outside_without_tensor_metrics = 0;
  /// The part of `launches` that was counted together with others of their scope; the sums by class above do
  /// not include it.
  std::int64_t launches_in_ranges = 0;
  /// Launches in the scope ranges of these scopes, and what the counters of those ranges read.
  std::int64_t range_launches = 0;
  std::optional<std::int64_t> range_flops = 0;
  /// The part of `launches` whose counts are those of a few measured equals (replay mode `reuse`), and how
  /// far their FLOPs can be off (95 %); nullopt: unknown.
  std::int64_t reused_launches = 0;
  std::optional<double> reuse_bound_flops = 0;
  /// By the number format of the instructions, as the counters report it. It can differ from the operator's:
  /// a product in tf32 adds up in fp32, and a kernel can convert before it multiplies.
  std::map<precision, measured_parts> by_precision = {};

  /// `multiply_add_flops` if it includes the work of the tensor cores and no launch was counted together with
  /// those of other operators; otherwise not collected.
  [[nodiscard]] std::optional<std::int64_t> shown_multiply_add_flops() const {
    return launches_without_tensor_metrics == 0 && launches_in_ranges == 0 ? multiply_add_flops
                                                                           : std::nullopt;
  }
  /// `other_flops` under the same condition on ranges.
  [[nodiscard]] std::optional<std::int64_t> shown_other_flops() const {
    return launches_in_ranges == 0 ? other_flops : std::nullopt;
  }
  /// `outside_flops`, likewise.
  [[nodiscard]] std::optional<std::int64_t> shown_outside_flops() const {
    return launches_in_ranges == 0 ? outside_flops : std::nullopt;
  }
  /// All FLOPs, by launch and by range; not collected if the work of the tensor cores is missing, or if some
  /// launches belong to the range of a scope above.
  [[nodiscard]] std::optional<std::int64_t> shown_total_flops() const {
    return launches_without_tensor_metrics == 0 ? total_flops() : std::nullopt;
  }

  measured_work& operator+=(measured_work const& o);
  [[nodiscard]] std::optional<std::int64_t> total_flops() const;
};

/// Operator work of each phase. The sum over the phases is the work as a whole.
class work_by_phase {
 public:
  [[nodiscard]] work& operator[](phase p) noexcept { return parts_[static_cast<std::size_t>(p)]; }
  [[nodiscard]] work const& operator[](phase p) const noexcept { return parts_[static_cast<std::size_t>(p)]; }
  friend bool operator==(work_by_phase const&, work_by_phase const&) = default;

 private:
  std::array<work, all_phases.size()> parts_{};
};

/// What ran in a row, its operator column and its counters.
struct row_work {
  work total;
  work_by_phase total_by_phase;
  std::map<precision, work> total_by_precision;
  measured_work measured;
};

/// One line of the report: a module by its call path (all its calls under one parent path together),
/// a grouping module that is never called itself (a ModuleList), or what ran outside every scope.
///
/// A root keeps its row when it is called inside a plain scope. The row of that scope has what ran in it
/// beside its sums (`inside`), so that nothing is added twice.
///
/// The parent of a row is the row that called it. A module that is called from elsewhere than where it is
/// registered (through a plain scope, or by another module that only refers to it) is a child of its caller,
/// with its registered children. If it is called from several places, it has several rows with one `path_id`.
struct module_row {
  std::size_t parent = npos;          ///< index into attribution::rows
  std::vector<std::size_t> children;  ///< in order of registration, then of first call
  std::string path;                   ///< "attn.qkv"; "" for the root
  std::string label;                  ///< what a tree shows: the path below the parent row
  std::string type;
  std::int64_t module = 0;   ///< module_record::id, 0 if it is not a watched module
  std::int64_t path_id = 0;  ///< module_path_record::id, 0 if the call path is not in the static tree
  std::int64_t calls = 0;    ///< entries of its scopes, without repeated forward passes (recompute)
  /// The row for operator calls and launches outside every scope: the last one, a child of the root. It
  /// exists only if there are any.
  bool outside = false;
  /// The nearest called row above, if that row did this one's work in its own operators instead of calling it
  /// (a fused path): always if `calls` is 0, otherwise in the calls that only the formula's own forward made.
  /// npos: no sign of that.
  std::size_t fused_into = npos;
  /// Of a row with `fused_into`: that row ran a compiled region, in which modules are called and open no
  /// scope.
  bool fused_by_compiler = false;
  /// The row in whose own operators this module's work ran, it seems, although it has no call: it was called
  /// past its scope, by its `forward` itself. An inference: `ran_calls` are products there with operands of
  /// the size of its parameters, and without any, modules below it were called. npos: no sign of that.
  std::size_t ran_in = npos;
  /// Indices into capture_data::operator_calls; of modules of one size the first has them all.
  std::vector<std::size_t> ran_calls;
  std::optional<std::int64_t> parameters;

  bool has_unsupported = false;     ///< among its own operator calls
  bool has_partly_counted = false;  ///< among its own operator calls
  work self;                        ///< operator column: calls directly in this row's scopes
  work total;                       ///< `self` and everything below
  work_by_phase self_by_phase;      ///< parts of `self`
  work_by_phase total_by_phase;     ///< parts of `total`
  std::map<precision, work> total_by_precision;
  /// Indices into capture_data::operator_calls, of this row's own scopes.
  std::vector<std::size_t> operator_calls;

  /// Formula: what this row's own rule gave over this row's calls. nullopt if it has no rule, or if it was
  /// called but no answer of its rule is recorded (a data loss says why, or the formula's own forward did not
  /// call it).
  std::optional<std::int64_t> rule_macs;        ///< rules in macs
  std::optional<std::int64_t> rule_operations;  ///< rules in operations
  /// Calls that the rule answered: those in `calls`, or those of the formula's own forward, which can have
  /// more or fewer (it runs as the baseline does, where fused paths can be off).
  std::int64_t rule_calls = 0;
  /// What the baseline's walk adds to its total from this row: 0 if a rule above hides it. A shared module
  /// counts as often as the baseline counts it.
  std::int64_t walk_macs = 0;
  std::int64_t walk_operations = 0;
  bool hidden = false;  ///< a rule above ends the walk: this row's numbers are not in the total

  measured_work measured_self;
  measured_work measured;  ///< with everything below
  /// Of a scope that was open around calls of a root: all that ran in it, the work of the root included,
  /// which is in the root's row. No sum over rows includes it. nullopt for every other row.
  std::optional<row_work> inside;
  /// Indices into capture_data::launch_groups: those of this row's own operator calls, and those without an
  /// operator call in its own scopes. (A launch goes with its operator call, so that a call's work and its
  /// kernels are in one row, even if a backward thread launches with no scope open.)
  std::vector<std::size_t> launch_groups;

  /// What ran in the row, wherever it stands: `inside`, or the sums with everything below.
  [[nodiscard]] work const& shown_total() const noexcept { return inside ? inside->total : total; }
  [[nodiscard]] work_by_phase const& shown_by_phase() const noexcept {
    return inside ? inside->total_by_phase : total_by_phase;
  }
  [[nodiscard]] std::map<precision, work> const& shown_by_precision() const noexcept {
    return inside ? inside->total_by_precision : total_by_precision;
  }
  [[nodiscard]] measured_work const& shown_measured() const noexcept {
    return inside ? inside->measured : measured;
  }

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

/// How a run was measured whose counts were reused.
struct reuse_summary {
  std::int64_t launches = 0;
  std::int64_t checks = 0;  ///< of them: measured, in all groups of metrics
  std::int64_t keys = 0;
  std::int64_t variable_keys = 0;  ///< their measurements differ, or their kernel depends on data
  std::int64_t audits = 0;  ///< whole steps that were measured at once; the fewest of any group of metrics
  std::int64_t equal_audits = 0;  ///< of all groups: those that agreed to the last count
  std::int64_t all_audits = 0;    ///< of all groups
  double largest_difference = 0;  ///< of an audit, relative
  /// How far the sum can be off (95 %), relative; nullopt: not known, as without audits and where all agree.
  std::optional<double> bound;
  /// Where all audits agree: at most this share of the steps differs (95 %), 3 / audits. By how much is not
  /// known.
  std::optional<double> steps_share;
  /// Of the launches of a constant key at most this share differs (95 %): 3 / the fewest checks of one that
  /// were picked at random, in any group of metrics; nullopt: one has too few.
  std::optional<double> key_share;
};

struct attribution {
  /// Rows in depth-first order; parents before children. rows[0] is the root: the watched module, or a
  /// row with an empty type that holds everything when nothing was watched, or several roots.
  std::vector<module_row> rows;
  /// The baseline's own totals, from the exact walk: what thop's `profile` would return.
  std::int64_t formula_total = 0;       ///< macs and operations mixed, as thop mixes them
  std::int64_t formula_macs = 0;        ///< the part from rules in macs
  std::int64_t formula_operations = 0;  ///< the part from rules in operations
  std::int64_t formula_parameters = 0;
  bool has_formula = false;  ///< false: no module tree was watched
  /// false: no dispatcher was observed (info_key::operators). Then operator figures are 0 and mean nothing,
  /// and which class of arithmetic or which operator a launch worked for is not known: `outside_flops` has
  /// them all.
  bool has_operators = true;
  work operator_total;
  measured_work measured_total;
  bool measured_collected = false;        ///< counters were read for at least one launch
  bool measured_by_scope = false;         ///< some were read together for the launches of a scope
  std::optional<reuse_summary> reuse;     ///< of a capture whose counts were reused
  std::vector<std::size_t> row_of_scope;  ///< by position in capture_data::scopes
  std::vector<std::size_t> row_of_path;   ///< the first row of each way, in order of module_path_record::id
  /// What was lost here: `count_overflow` if a sum did not fit 64 bits. Such a sum is the largest number that
  /// fits, and the report is no longer exact.
  std::vector<data_loss_record> losses;
};

/// Costs time and memory proportional to the records (up to a logarithm for sorting); deep trees need no
/// recursion. \throws capture_error when records refer to missing ids, come before their parents, or have
///         negative counts
[[nodiscard]] attribution attribute(capture_data const& capture);

/// The part of a capture that ran in one phase: its operator calls, launches and scope ranges. Scopes keep
/// their calls. The formula is of the forward pass, so it is not there for another phase.
[[nodiscard]] capture_data of_phase(capture_data capture, phase p);

}  // namespace flopwatch
