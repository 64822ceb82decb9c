// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/error.hpp"
#include "flopwatch/precision.hpp"
#include "flopwatch/work.hpp"

/// \file
/// The capture: what one session recorded, in one SQLite file (`.flops`). It is the seam between
/// recording and reading: attribution, comparison and reports read only this.
///
/// docs/capture-format.md describes the tables; users may query them with `sqlite3`.

namespace flopwatch {

/// `PRAGMA user_version` of the files this version writes.
inline constexpr int capture_version = 4;
/// A reader takes files from this version up to `capture_version`, and refuses every other number.
inline constexpr int oldest_capture_version = 2;
/// `PRAGMA application_id` of a capture: the bytes "FLOP".
inline constexpr std::int32_t capture_application_id = 0x464C4F50;

enum class phase : std::uint8_t { forward, backward, recompute, optimizer };

/// Where the formula rule of a module comes from.
enum class rule_origin : std::uint8_t { none, thop, custom };

/// What unit a formula rule counts in. thop adds both kinds into one total (facts: its conv, linear
/// and RNN rules count MACs, its norm, softmax, pooling and upsampling rules count operations).
enum class formula_unit : std::uint8_t { macs, operations };

/// What became of an operator call.
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

/// One way from the root to a module: a module shared by two parents has two. Names that one parent
/// gives to the same object twice are one path (the first name). The root has parent 0, name "", path "".
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
  std::int64_t parent = 0;  ///< 0: opened with no scope around it
  std::string path;         ///< fully qualified module path by call path; "" for the root
  std::string type;
  std::int64_t module = 0;  ///< module_record::id, 0 for a plain scope or an unwatched module
  std::int64_t call = 1;    ///< which call of this module within one call of its parent, from 1
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t entries = 0;  ///< how often this node was entered
  friend bool operator==(scope_record const&, scope_record const&) = default;
};

/// Equal operator calls (same scope, operator, shapes, phase) are one record with a number of calls.
struct operator_call_record {
  std::int64_t id = 0;
  std::int64_t scope = 0;  ///< 0: outside every scope
  std::string name;        ///< with overload: "aten::mm", "aten::bmm.out"
  std::string shapes;      ///< for people: "[640,768] [768,2304]"; "" where they are not kept
  flopwatch::phase phase = flopwatch::phase::forward;
  operator_status status = operator_status::counted;
  flopwatch::arithmetic arithmetic = flopwatch::arithmetic::none;
  flopwatch::precision precision = flopwatch::precision::unknown;
  std::int64_t calls = 0;
  work total;        ///< over all `calls`
  std::string note;  ///< why it is unsupported, or what a reader should know; often ""
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

/// A metric that some plan collected. The same metric in two plans is two records.
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

/// One kernel launch with its counters, or a scope range (kernel 0): launches of one scope that were counted
/// together. A scope range has no stream, thread, grid or operator call; its launches stand beside it with
/// `covers == 0`.
struct launch_record {
  std::int64_t id = 0;
  std::int64_t plan = 0;  ///< 0: launched, not measured
  std::int64_t kernel = 0;
  std::int64_t scope = 0;
  std::int64_t operator_call = 0;  ///< innermost one open on the launching thread; 0: outside the dispatcher
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t order = 0;  ///< in its context, from 0; of a scope range: among those of its context
  std::int64_t context = 0, stream = 0, thread = 0;
  std::int64_t grid_x = 1, grid_y = 1, grid_z = 1;
  std::int64_t block_x = 1, block_y = 1, block_z = 1;
  /// By position of the plan's metrics in order of metric_record::id; nullopt: not collected. A NaN is
  /// stored as not collected; every other value comes back as it was (a -0.0 as 0.0).
  std::vector<std::optional<double>> counters;
  /// Launches that the counters are of: 1 for a launch by itself, 0 for one that was counted in a scope range
  /// (its plan is 0), and the number of its launches for a scope range.
  std::int64_t covers = 1;
  friend bool operator==(launch_record const&, launch_record const&) = default;
};

/// Launches that share scope, operator call, kernel, phase and plan, summed up; or scope ranges (kernel 0)
/// that share scope, phase and plan.
struct launch_group {
  std::int64_t plan = 0, kernel = 0, scope = 0, operator_call = 0;
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t launches = 0;  ///< of scope ranges: how many ranges
  /// Sum of each metric of the plan over the group, by metric name; nullopt when any launch of the
  /// group lacks the value, or the sum does not fit 64 bits (then there is a loss count_overflow too).
  /// A metric with a value that is no whole number anywhere in the plan (a rate) is in no group of it.
  /// Empty for plan 0.
  std::map<std::string, std::optional<std::int64_t>> sums;
  bool in_scope_range = false;      ///< launches that were counted in scope ranges, not by themselves
  std::int64_t range_launches = 0;  ///< of scope ranges: the launches that their counters are of

  [[nodiscard]] bool is_scope_range() const noexcept { return kernel == 0; }
};

/// What the metrics of one metric group of a plan were collected with: with the raw images, what it takes to
/// evaluate them again.
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
/// launches - 1`; range i of the image is the i-th of them. Where scopes were counted, they are scope ranges.
struct raw_chunk_record {
  std::int64_t id = 0;
  std::int64_t plan = 0;
  std::int64_t metric_group = 0;
  std::int64_t context = 0;
  std::int64_t first_order = 0;
  std::int64_t launches = 0;
  std::int64_t ranges = 0;       ///< in the image; as many as launches, unless `lossy`
  bool lossy = false;            ///< a data loss befell it, and its launches have no values
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

/// Names of the entries of `capture_data::info` that reports rely on; others may stand beside them.
namespace info_key {
inline constexpr char const* created_utc = "created_utc";  ///< ISO 8601, "2026-01-31T12:00:00Z"
inline constexpr char const* program = "program";          ///< "flopwatch 0.1.0"
inline constexpr char const* framework = "framework";      ///< "LibTorch 2.11.0"
inline constexpr char const* formula = "formula";          ///< "thop 0.1.1 rules"
inline constexpr char const* device = "device";            ///< "cuda:1", "none"
inline constexpr char const* gpu = "gpu";                  ///< "NVIDIA H200", absent without one
inline constexpr char const* driver = "driver";            ///< "580.65.06, CUDA 13.0", absent without one
inline constexpr char const* measured = "measured";        ///< "collected" | "not collected"
inline constexpr char const* measured_reason = "measured_reason";  ///< why not, one clause
inline constexpr char const* tensor_metrics = "tensor_metrics";    ///< "collected" | "not collected"
inline constexpr char const* chip = "chip";                ///< CUPTI's name of the GPU's chip, "GH100"
inline constexpr char const* cupti = "cupti";              ///< "13.0 (130001) from torch wheel"
inline constexpr char const* replay_mode = "replay_mode";  ///< "none", "iteration", "kernel"
inline constexpr char const* scope_depth = "scope_depth";  ///< "2": counted by scope; absent: by launch
/// "its own": rules were asked in a forward run for them, as the baseline runs it; absent: in the recorded
/// one
inline constexpr char const* formula_forward = "formula_forward";
inline constexpr char const* synthetic = "synthetic";  ///< "yes" when the figures are made up
}  // namespace info_key

/// The entry `info_key::formula` of a capture whose formula column was not asked for.
inline constexpr char const* no_formula = "none";

/// Everything in a capture but the single launches (those are summed up in `launch_groups`) and the raw
/// images. Records stand in order of their ids, formula calls, counter groups and losses as they were added,
/// launch groups by scope, operator call, kernel, phase and plan.
struct capture_data {
  std::map<std::string, std::string> info;
  std::vector<module_record> modules;
  std::vector<module_path_record> module_paths;
  std::vector<scope_record> scopes;
  std::vector<operator_call_record> operator_calls;
  std::vector<formula_call_record> formula_calls;
  std::vector<metric_record> metrics;
  std::vector<kernel_record> kernels;
  std::vector<launch_group> launch_groups;
  std::vector<counter_group_record> counter_groups;  ///< none in a capture without raw data
  std::vector<raw_chunk_record> raw_chunks;          ///< those whose image was not kept, too
  std::vector<data_loss_record> losses;
  bool complete = true;  ///< false: the file lacks the mark of a clean close
};

/// Writes one capture. Not thread-safe, but threads may use it in turn; one writer for one file.
/// Not to be used in a child after fork().
///
/// Rows are committed in batches of 20,000, so that a crash loses at most the last batch; `close()` writes
/// the mark of a clean end and leaves a single file without `-wal` beside it. The destructor of a writer
/// that was not closed keeps what was added, best-effort, without the mark, and never throws.
///
/// Every member throws capture_error when the writer was closed or moved from, when a record is refused
/// (an id below 1 or given twice, an enumerator that is none, a negative number of calls or entries: the
/// capture then is as it was before), when another program locks the file (as before, too: try again), and
/// when writing fails (a full disk: the capture never gets the mark).
/// Records may refer to others that are added later, or never: `attribute` checks that.
class capture_writer {
 public:
  /// Creates the file; an existing file at `path` is replaced.
  /// \throws capture_error naming the path and the reason (no such folder, no space, not writable)
  explicit capture_writer(std::filesystem::path const& path);
  /// Keeps the capture in memory; `capture_reader::from(writer)` and `save` read it.
  [[nodiscard]] static capture_writer in_memory();
  capture_writer(capture_writer&&) noexcept;
  capture_writer& operator=(capture_writer&&) noexcept;
  ~capture_writer();

  void set_info(std::string_view key, std::string_view value);  ///< the last value of a key stays
  void add(module_record const& r);
  void add(module_path_record const& r);
  void add(scope_record const& r);
  void add(operator_call_record const& r);
  void add(formula_call_record const& r);
  void add(kernel_record const& r);
  void add(data_loss_record const& r);
  /// Declares a plan and creates its table with one column for each metric.
  /// `metrics` all have `plan == plan`, ids that no other plan uses, and different names; at most 1,987.
  /// \throws capture_error otherwise, for a plan below 1 and for a plan declared twice
  void add_plan(std::int64_t plan, std::vector<metric_record> const& metrics);
  /// `r.counters` has one entry for each metric of its plan, none for plan 0. The plan is declared before.
  void add(launch_record const& r);
  /// One for each metric group of a plan that has raw chunks.
  void add(counter_group_record const& r);
  /// `image` is the decoded counter data image, of `r.image_bytes` bytes; empty unless `r.kept`. It is
  /// stored compressed.
  void add(raw_chunk_record const& r, std::span<std::uint8_t const> image = {});

  /// Afterwards only `capture_reader::from` may be called; a second `close` does nothing.
  /// \throws capture_error
  void close();

  struct state;  ///< private: the database connection and its prepared statements

 private:
  friend class capture_reader;
  explicit capture_writer(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

/// Reads a capture. The file is opened read-only and never changed. Threads may share a reader: their calls
/// wait for each other.
///
/// A capture whose writer was killed is read with all that was committed, from the `-wal` beside it too;
/// so is one that is being written, as of the moment of each call. Every value of a closed capture is
/// checked against the checksums that its writer left.
class capture_reader {
 public:
  /// \throws capture_error when the file is missing, is not a SQLite database, is not a capture, has
  ///         a `user_version` that is not read, or is damaged; the message names the file, the cause and the
  ///         remedy. Damage inside the tables shows when they are read
  explicit capture_reader(std::filesystem::path const& path);
  /// Takes over the capture of a closed writer. \throws capture_error when it was not closed
  [[nodiscard]] static capture_reader from(capture_writer&& writer);
  /// Reads a capture from the bytes of a file (a capture embedded in a program). \throws capture_error
  [[nodiscard]] static capture_reader from_bytes(std::vector<unsigned char> const& bytes);
  capture_reader(capture_reader&&) noexcept;
  capture_reader& operator=(capture_reader&&) noexcept;
  ~capture_reader();

  /// All tables. A capture without the clean-close mark has `complete == false` and one added data
  /// loss `capture_incomplete` of severity error. Takes time in proportion to the number of records.
  /// \throws capture_error for a damaged capture
  [[nodiscard]] capture_data load() const;

  /// Every launch, ordered by context, order and id. `visit` returns false to stop.
  /// \throws capture_error for a damaged capture (a changed value is noticed after the last launch), and
  ///         what `visit` throws
  void for_each_launch(std::function<bool(launch_record const&)> const& visit) const;

  /// Every kept raw image with its chunk, in order of the chunks' ids. `visit` returns false to stop.
  /// \throws capture_error for a damaged capture (a changed image is noticed before it is visited where it
  ///         is compressed, else after the last one) or a compressed image of version 2, and what `visit`
  ///         throws
  void for_each_raw_image(
      std::function<bool(raw_chunk_record const&, std::vector<std::uint8_t> const&)> const& visit) const;

  /// Writes a copy to `path`, replacing a file there once the copy is whole. \throws capture_error
  void save(std::filesystem::path const& path) const;

  struct state;

 private:
  explicit capture_reader(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

[[nodiscard]] std::string_view to_string(phase v) noexcept;
[[nodiscard]] std::string_view to_string(rule_origin v) noexcept;
[[nodiscard]] std::string_view to_string(formula_unit v) noexcept;
[[nodiscard]] std::string_view to_string(operator_status v) noexcept;
[[nodiscard]] std::string_view to_string(arithmetic v) noexcept;
[[nodiscard]] std::string_view to_string(severity v) noexcept;
[[nodiscard]] std::string_view to_string(raw_choice v) noexcept;
[[nodiscard]] std::optional<raw_choice> parse_raw_choice(std::string_view text) noexcept;

/// How much of what was measured can be evaluated again: launches, or scope ranges.
struct recheckable_share {
  std::int64_t launches = 0;  ///< all metric groups of their plan have a kept image of them
  std::int64_t measured = 0;  ///< all that belong to a plan
  friend bool operator==(recheckable_share const&, recheckable_share const&) = default;
};
[[nodiscard]] recheckable_share recheckable(capture_data const& capture);

}  // namespace flopwatch
