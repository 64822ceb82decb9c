// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/precision.hpp"
#include "flopwatch/wide.hpp"
#include "flopwatch/work.hpp"

/// \file
/// The records of a capture, as `capture_reader` reads them.
///
/// docs/capture-format.md describes the tables of the file, which users can query with `sqlite3`.

namespace flopwatch {

/// `PRAGMA user_version` of the files this version writes.
inline constexpr int capture_version = 6;
/// A reader takes files from this version up to `capture_version`, and refuses every other number.
inline constexpr int oldest_capture_version = 2;
/// `PRAGMA application_id` of a capture: the bytes "FLOP".
inline constexpr std::int32_t capture_application_id = 0x464C4F50;

enum class phase : std::uint8_t { forward, backward, recompute, optimizer };

inline constexpr std::array all_phases{phase::forward, phase::backward, phase::recompute, phase::optimizer};

/// Where the formula rule of a module comes from.
enum class rule_origin : std::uint8_t { none, thop, custom };

/// What unit a formula rule counts in. thop adds both into one total: its conv, linear and RNN rules count
/// MACs, its norm, softmax, pooling and upsampling rules count operations.
enum class formula_unit : std::uint8_t { macs, operations };

/// How an operator call was counted.
enum class operator_status : std::uint8_t {
  counted,        ///< a rule counted it; calls inside it are not listed
  no_arithmetic,  ///< on the reviewed list of operators without arithmetic (views, copies, ...)
  unsupported,    ///< no rule, no counted inner call: its work is missing from the operator column
  partly_counted  ///< no rule, but some inner calls were counted: some of its work may be missing
};

/// A module object of the watched tree. Ids start at 1; 0 means none.
struct module_record {
  std::int64_t id = 0;
  std::string type;           ///< without namespace and `Impl`: "Linear"
  bool library_type = false;  ///< defined by the framework, not by the user
  bool transparent = false;   ///< instance of Sequential or ModuleList, or of a subclass
  bool opens_scope = false;   ///< its calls are seen (declared through flopwatch::nn or scoped<>)
  rule_origin rule = rule_origin::none;
  std::string rule_name;        ///< "Linear" for thop's own, what the user called it for custom
  std::int64_t parameters = 0;  ///< elements of all parameters, those of submodules included
  friend bool operator==(module_record const&, module_record const&) = default;
};

/// One way from the root to a module: a module shared by two parents has two. Where one parent gives two
/// names to the same object, that is one path (the first name). The root has parent 0, name "", path "".
/// Parents have smaller ids than their children; children are in registration order.
struct module_path_record {
  std::int64_t id = 0;
  std::int64_t parent = 0;
  std::string name;  ///< the last part, "qkv"
  std::string path;  ///< fully qualified, "attn.qkv"
  std::int64_t module = 0;
  friend bool operator==(module_path_record const&, module_path_record const&) = default;
};

/// One node of the call tree. Parents have smaller ids than their children.
struct scope_record {
  std::int64_t id = 0;
  std::int64_t parent = 0;  ///< 0: opened outside every scope
  std::string path;         ///< fully qualified module path by call path; "" for the root
  std::string type;
  std::int64_t module = 0;  ///< module_record::id, 0 for a plain scope or an unwatched module
  std::int64_t call = 1;    ///< which call of this module within one call of its parent, from 1
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t entries = 0;  ///< how often this node was entered
  friend bool operator==(scope_record const&, scope_record const&) = default;
};

/// The note of calls that ran as generated code of a compiled region, and of the row that has the entries.
inline constexpr std::string_view compiled_note = "in a compiled region";

/// Equal operator calls (same scope, operator, shapes, phase) are one record with a number of calls.
struct operator_call_record {
  std::int64_t id = 0;
  std::int64_t scope = 0;  ///< 0: outside every scope
  std::string name;        ///< with overload: "aten::mm", "aten::bmm.out"
  std::string shapes;      ///< for people: "[640,768] [768,2304]"; "" where they were not kept
  flopwatch::phase phase = flopwatch::phase::forward;
  operator_status status = operator_status::counted;
  flopwatch::arithmetic arithmetic = flopwatch::arithmetic::none;
  flopwatch::precision precision = flopwatch::precision::unknown;
  std::int64_t calls = 0;
  work total;        ///< over all `calls`
  std::string note;  ///< why it is unsupported, or what a reader should know; often ""

  [[nodiscard]] bool is_compiled() const noexcept {
    return status == operator_status::counted && note == compiled_note;
  }
  /// Its rule gives no exact count; the note says how it was estimated.
  [[nodiscard]] bool is_estimate() const noexcept {
    return status == operator_status::counted && !note.empty() && note != compiled_note;
  }
  friend bool operator==(operator_call_record const&, operator_call_record const&) = default;
};

/// What a module's formula rule gave, summed over the calls of one scope.
struct formula_call_record {
  std::int64_t scope = 0;
  std::int64_t module = 0;
  formula_unit unit = formula_unit::macs;
  std::int64_t calls = 0;
  std::int64_t amount = 0;  ///< MACs or operations, by `unit`, over all `calls`
  std::string shapes;       ///< "[1,640,768] -> [1,640,2304]" of the last call
  friend bool operator==(formula_call_record const&, formula_call_record const&) = default;
};

/// A metric that a plan collected. The same metric in two plans is two records.
struct metric_record {
  std::int64_t id = 0;  ///< unique over all plans
  std::int64_t plan = 1;
  std::string name;  ///< CUPTI's name with its rollup, "sm__sass_thread_inst_executed_op_ffma_pred_on.sum"
  std::string unit;
  std::int64_t metric_group = 0;
  friend bool operator==(metric_record const&, metric_record const&) = default;
};

struct kernel_record {
  std::int64_t id = 0;
  std::string name;  ///< as the driver gave it (mangled)
  std::string demangled;
  /// The name to show: demangled if that is known.
  [[nodiscard]] std::string const& display_name() const noexcept {
    return demangled.empty() ? name : demangled;
  }
  friend bool operator==(kernel_record const&, kernel_record const&) = default;
};

/// One kernel launch with its counters.
struct launch_record {
  std::int64_t id = 0;
  std::int64_t plan = 0;  ///< 0: it has no counters of its own
  std::int64_t kernel = 0;
  std::int64_t scope = 0;
  std::int64_t operator_call = 0;  ///< innermost one open on the launching thread; 0: outside the dispatcher
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t order = 0;  ///< in its context, from 0
  std::int64_t context = 0, stream = 0, thread = 0;
  std::int64_t grid_x = 1, grid_y = 1, grid_z = 1;
  std::int64_t block_x = 1, block_y = 1, block_z = 1;
  /// By position of the plan's metrics in order of metric_record::id; nullopt: not collected. A NaN is
  /// stored as not collected; every other value comes back as it was (a -0.0 as 0.0).
  std::vector<std::optional<double>> counters;
  bool in_scope_range = false;  ///< counted together with others, in a scope_range_record; its plan is 0
  friend bool operator==(launch_record const&, launch_record const&) = default;
};

/// Nodes of a CUDA graph that launch the same kernel, captured in the same scope and operator call. A launch
/// of the graph has the kernel `graph`, and runs all of them.
struct graph_kernel_record {
  std::int64_t graph = 0;   ///< kernel_record::id of the graph, whose name is "(CUDA graph 1)"
  std::int64_t kernel = 0;  ///< of the nodes; a graph that is not known may be among them
  std::int64_t scope = 0;   ///< that was open when they were captured
  std::int64_t operator_call = 0;
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t nodes = 0;
  friend bool operator==(graph_kernel_record const&, graph_kernel_record const&) = default;
};

/// Launches that followed each other in one scope (and below it) and were counted together.
struct scope_range_record {
  std::int64_t id = 0;
  std::int64_t plan = 0;
  std::int64_t scope = 0;
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t order = 0;  ///< among the scope ranges of its context, from 0
  std::int64_t context = 0;
  std::int64_t launches = 0;                    ///< that its counters are of
  std::vector<std::optional<double>> counters;  ///< as in launch_record
  friend bool operator==(scope_range_record const&, scope_range_record const&) = default;
};

/// What the measurements of a key say of its launches.
enum class reuse_class : std::uint8_t {
  learning,  ///< it has fewer measurements than were asked for, in some group of metrics
  constant,  ///< all were equal
  variable,  ///< they differed, or its kernel is known to depend on data
};

/// Launches of a run that do the same work, as far as it was looked at: some were measured, the others have
/// their counts (replay mode `reuse`).
struct reuse_key_record {
  std::int64_t id = 0;
  std::int64_t plan = 0;  ///< 0: none was measured
  std::int64_t kernel = 0;
  reuse_class kind = reuse_class::learning;
  bool by_parameter = false;  ///< its launches also share the parameters of the kernel
  std::int64_t grid_x = 1, grid_y = 1, grid_z = 1;
  std::int64_t block_x = 1, block_y = 1, block_z = 1;
  std::int64_t shared_bytes = 0;  ///< dynamic shared memory
  std::int64_t launches = 0;
  std::int64_t checks = 0;  ///< launches that were measured, in all groups of metrics
  /// How far the FLOPs of all its launches can be off (95 %), because their measurements differ; nullopt: it
  /// cannot be told from so few.
  std::optional<double> bound_flops;
  std::vector<std::optional<double>> counters;  ///< of one launch, on average; as in launch_record
  friend bool operator==(reuse_key_record const&, reuse_key_record const&) = default;
};

/// Launches of one key from one place in the program.
struct reuse_count_record {
  std::int64_t key = 0;  ///< reuse_key_record::id
  std::int64_t scope = 0;
  std::int64_t operator_call = 0;
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t launches = 0;
  friend bool operator==(reuse_count_record const&, reuse_count_record const&) = default;
};

/// One measurement whose raw image is kept: range `range` of that chunk.
struct reuse_check_record {
  std::int64_t id = 0;
  std::int64_t plan = 0;
  std::int64_t key = 0;    ///< 0: a whole step
  std::int64_t chunk = 0;  ///< raw_chunk_record::id
  std::int64_t range = 0;
  std::int64_t number = 0;  ///< of the launch in its key, from 1; of a step 0
  /// Values of the metrics of the chunk's group; none of the others.
  std::vector<std::optional<double>> counters;
  friend bool operator==(reuse_check_record const&, reuse_check_record const&) = default;
};

/// Whole steps that were measured at once in one group of metrics, and compared with what their launches'
/// keys add up to.
struct reuse_audit_record {
  std::int64_t plan = 0;
  std::int64_t metric_group = 0;
  std::int64_t audits = 0;
  std::int64_t equal = 0;         ///< of them: to the last count
  double largest_difference = 0;  ///< relative to the sum
  /// How far the sum of all steps can be off (95 %), relative to it; nullopt: too few audits to tell.
  std::optional<double> bound;
  friend bool operator==(reuse_audit_record const&, reuse_audit_record const&) = default;
};

/// Sum of each metric of a plan over a group, by metric name; nullopt when any member of the group lacks the
/// value, or the sum does not fit 64 bits (then there is a loss count_overflow too). A metric with a value
/// that is not a whole number anywhere in the plan (a rate) is in no group of it. Empty for plan 0.
using metric_sums = std::map<std::string, std::optional<std::int64_t>>;
/// The sums that are nullopt there because they do not fit 64 bits.
using large_sums = std::map<std::string, wide_integer>;

/// Launches that share scope, operator call, kernel, phase and plan, summed up; or kernels that ran in
/// launches of one graph (`graph_kernel_record`), which have no counters of their own.
struct launch_group {
  std::int64_t plan = 0, kernel = 0, scope = 0, operator_call = 0;
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t launches = 0;
  metric_sums sums;
  bool in_scope_range = false;  ///< they were counted in scope ranges; the plan is 0
  std::int64_t graph = 0;  ///< kernel_record::id of the graph that ran them; 0: each was launched by itself
  bool reused = false;     ///< the sums are those of a few measured launches (reuse_key_record)
  /// With `reused`: how far the FLOPs of the sums can be off (95 %); nullopt: unknown.
  std::optional<double> bound_flops = 0;
  large_sums large = {};
};

/// Scope ranges that share scope, phase and plan, summed up.
struct scope_range_group {
  std::int64_t plan = 0, scope = 0;
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t ranges = 0;
  std::int64_t launches = 0;  ///< that the sums are of
  metric_sums sums;
  large_sums large = {};
};

/// What one metric group of a plan was collected with. With the raw images, this is enough to evaluate its
/// metrics again.
struct counter_group_record {
  std::int64_t plan = 0;
  std::int64_t metric_group = 0;   ///< metric_record::metric_group
  std::string chip;                ///< as CUPTI spells it, "GH100"
  std::int64_t cupti_version = 0;  ///< cuptiGetVersion of the one that counted: 130000
  std::vector<std::uint8_t> config_image;
  friend bool operator==(counter_group_record const&, counter_group_record const&) = default;
};

/// What was counted between two readings of the counters, for one metric group of a plan: one decoded
/// counter data image. Its launches are those of `context` with an order from `first_order` to `first_order +
/// launches - 1`; range i of the image is the i-th of them. Where launches were counted by scope, they are
/// scope ranges.
struct raw_chunk_record {
  std::int64_t id = 0;
  std::int64_t plan = 0;
  std::int64_t metric_group = 0;
  std::int64_t context = 0;
  std::int64_t first_order = 0;
  std::int64_t launches = 0;
  std::int64_t ranges = 0;       ///< in the image; as many as launches, unless `lossy`
  bool lossy = false;            ///< affected by a data loss: its launches have no values
  bool kept = false;             ///< its image is in the capture
  std::int64_t image_bytes = 0;  ///< of the image as CUPTI made it, also when it was not kept
  friend bool operator==(raw_chunk_record const&, raw_chunk_record const&) = default;
};

/// Which raw images a session keeps.
enum class raw_choice : std::uint8_t {
  all,
  sample,  ///< the first good chunk of each metric group of a plan and each lossy one, 64 MiB in all
  none,
};

enum class severity : std::uint8_t { note, warning, error };

/// Anything dropped, unmatched or unattributed. `kind` is one of the names in diagnostics.hpp.
struct data_loss_record {
  std::string kind;
  flopwatch::severity severity = flopwatch::severity::note;
  std::int64_t count = 0;
  std::string text;  ///< one sentence for the user: what, and what to do about it
  friend bool operator==(data_loss_record const&, data_loss_record const&) = default;
};

/// A process whose capture was merged with others.
struct process_record {
  std::int64_t id = 0;
  std::string host;              ///< "" where it was not recorded
  std::int64_t pid = 0;          ///< 0 likewise
  std::int64_t rank = -1;        ///< as its launcher numbered it; -1: it did not, likewise below
  std::int64_t local_rank = -1;  ///< among the processes of its host
  std::int64_t world_size = -1;  ///< processes of its job
  std::string started_utc;       ///< to the nanosecond; "" where it was not recorded
  std::string file;              ///< name of the capture that was merged, without its folder
  friend bool operator==(process_record const&, process_record const&) = default;
};

/// What a process did in one scope, and what the one did that it is compared with.
struct scope_difference {
  std::int64_t scope = 0;  ///< scope_record::id, 0: outside every scope
  work here, typical;
  std::int64_t calls = 0, typical_calls = 0;      ///< operator calls
  std::int64_t entries = 0, typical_entries = 0;  ///< of the scope
};

/// How the scopes and operator calls of a process differ from those of the typical process: the first of the
/// largest set of equal ones. Numbers of scopes are of those with products, but for the last two.
struct process_difference {
  std::int64_t typical = 0;             ///< process_record::id of that process; 0: it is equal to it
  std::int64_t equal_scopes = 0;        ///< the same operator calls on the same sizes
  std::int64_t other_sizes_scopes = 0;  ///< as many calls of the same operators, on other sizes
  std::int64_t other_calls_scopes = 0;  ///< other operators, or another number of calls
  std::int64_t missing_scopes = 0, added_scopes = 0;
  std::vector<scope_difference> largest;  ///< a few, the largest difference in FLOPs first
};

/// What one process of a merged capture did, added up.
struct process_data {
  process_record who;
  std::map<std::string, std::string> info;  ///< its own
  std::vector<data_loss_record> losses;     ///< its own
  std::int64_t same_as = 0;  ///< id of the first process with the same scopes and operator calls, or its own
  work total;                ///< of its operator calls
  std::int64_t operator_calls = 0;
  std::int64_t formula_macs = 0, formula_operations = 0;
  std::int64_t launches = 0;
  /// Sums of its counters: launches with `kernel` and `scope` 0, one for each plan (0: without counters).
  /// Ranges as in `capture_data`.
  std::vector<launch_group> launch_groups;
  std::vector<scope_range_group> scope_range_groups;
  process_difference difference;
};

/// Names of the entries of `capture_data::info` that reports use; there can be others.
namespace info_key {
inline constexpr char const* created_utc = "created_utc";  ///< ISO 8601, "2026-01-31T12:00:00Z"
inline constexpr char const* program = "program";          ///< "flopwatch 0.1.0"
inline constexpr char const* framework = "framework";      ///< "LibTorch 2.11.0"
inline constexpr char const* formula = "formula";          ///< "thop 0.1.1 rules"
/// "products, convolutions": those in fp32 that PyTorch may have run in TF32; "none"; absent: not known, as
/// where no GPU was named
inline constexpr char const* tf32 = "tf32";
inline constexpr char const* device = "device";      ///< "cuda:1", "none"
inline constexpr char const* gpu = "gpu";            ///< "NVIDIA H200", absent without one
inline constexpr char const* driver = "driver";      ///< "580.65.06, CUDA 13.0", absent without one
inline constexpr char const* measured = "measured";  ///< "collected" | "not collected"
inline constexpr char const* measured_reason = "measured_reason";  ///< why not, one clause
/// "not collected": no framework's dispatcher was observed; absent: collected
inline constexpr char const* operators = "operators";
inline constexpr char const* tensor_metrics = "tensor_metrics";  ///< "collected" | "not collected"
inline constexpr char const* chip = "chip";                      ///< CUPTI's name of the GPU's chip, "GH100"
inline constexpr char const* cupti = "cupti";                    ///< "13.0 (130001) from torch wheel"
inline constexpr char const* replay_mode = "replay_mode";        ///< "none", "iteration", "kernel"
inline constexpr char const* scope_depth = "scope_depth";        ///< "2": counted by scope; absent: by launch
/// "its own": rules were asked in a forward run of their own, as the baseline runs it; absent: in the
/// recorded run
inline constexpr char const* formula_forward = "formula_forward";
inline constexpr char const* host = "host";  ///< of the process that recorded it
inline constexpr char const* pid = "pid";
inline constexpr char const* started_utc = "started_utc";  ///< to the nanosecond
inline constexpr char const* rank =
    "rank";  ///< "3": as the launcher numbered the processes; absent: it did not
inline constexpr char const* local_rank = "local_rank";  ///< "1": among those of its host
inline constexpr char const* world_size = "world_size";  ///< "8": processes of the job
/// "run.csv (ncu)": the files of another profiler that it was read from; absent: recorded
inline constexpr char const* imported_from = "imported_from";
inline constexpr char const* shown_phase = "phase";    ///< "backward": what is left of one phase; absent: all
inline constexpr char const* synthetic = "synthetic";  ///< "yes" when the figures are made up
}  // namespace info_key

/// The entry `info_key::formula` of a capture whose formula column was not asked for.
inline constexpr char const* no_formula = "none";

/// Everything in a capture but the single launches and scope ranges (here they are summed up in groups) and
/// the raw images. Records are in order of their ids; formula calls, counter groups and losses as they were
/// added; launch groups by scope, operator call, kernel, phase and plan; scope range groups by scope, phase
/// and plan.
struct capture_data {
  std::map<std::string, std::string> info;
  std::vector<module_record> modules;
  std::vector<module_path_record> module_paths;
  std::vector<scope_record> scopes;
  std::vector<operator_call_record> operator_calls;
  std::vector<formula_call_record> formula_calls;
  std::vector<metric_record> metrics;
  std::vector<kernel_record> kernels;
  std::vector<graph_kernel_record> graph_kernels;  ///< as they were added
  std::vector<reuse_key_record> reuse_keys;        ///< without their counters, which are in `launch_groups`
  std::vector<reuse_count_record> reuse_counts;
  std::vector<reuse_audit_record> reuse_audits;
  std::int64_t reuse_checks = 0;  ///< those with a kept image: `capture_reader::for_each_reuse_check`
  std::vector<launch_group> launch_groups;  ///< launches of keys among them
  std::vector<scope_range_group> scope_range_groups;
  /// Sums in `large` of groups: so many counts of the loss count_overflow are known all the same.
  std::int64_t large_sum_count = 0;
  std::vector<counter_group_record> counter_groups;  ///< none in a capture without raw data
  std::vector<raw_chunk_record> raw_chunks;          ///< those whose image was not kept, too
  std::vector<data_loss_record> losses;
  /// Those of a merged capture; empty for one that a session wrote. Operator and formula calls that several
  /// of them made alike are one record here.
  std::vector<process_data> processes;
  bool complete = true;  ///< false: the file has no mark of a clean close
};

[[nodiscard]] std::string_view to_string(phase v) noexcept;
[[nodiscard]] std::optional<phase> parse_phase(std::string_view text) noexcept;
[[nodiscard]] std::string_view to_string(rule_origin v) noexcept;
[[nodiscard]] std::string_view to_string(formula_unit v) noexcept;
[[nodiscard]] std::string_view to_string(operator_status v) noexcept;
[[nodiscard]] std::string_view to_string(arithmetic v) noexcept;
[[nodiscard]] std::string_view to_string(reuse_class v) noexcept;
[[nodiscard]] std::string_view to_string(severity v) noexcept;
[[nodiscard]] std::string_view to_string(raw_choice v) noexcept;
[[nodiscard]] std::optional<raw_choice> parse_raw_choice(std::string_view text) noexcept;

/// How much of what was measured can be evaluated again: launches, or scope ranges, or the checks of replay
/// mode `reuse`.
struct recheckable_share {
  std::int64_t launches = 0;  ///< all metric groups of their plan have a kept image of them
  std::int64_t measured = 0;  ///< all that belong to a plan
  /// Both are numbers of checks: launches and whole steps, each measured in one metric group.
  bool of_checks = false;
  friend bool operator==(recheckable_share const&, recheckable_share const&) = default;
};
[[nodiscard]] recheckable_share recheckable(capture_data const& capture);

}  // namespace flopwatch
