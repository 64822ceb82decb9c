// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/import_ncu.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "flopwatch/error.hpp"
#include "import/csv_reader.hpp"
#include "import/ncu_columns.hpp"
#include "import/ncu_nvtx.hpp"
#include "import/ncu_value.hpp"

namespace flopwatch::importing {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
/// Counts above are not exact in a double.
constexpr double most_exact = 9007199254740992.0;

bool begins_header(std::string_view line) {
  if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  return (line.starts_with("\"ID\",") || line.starts_with("ID,")) &&
         line.find("Kernel Name") != std::string_view::npos;
}

/// A launch whose rows are being read.
struct open_launch {
  std::string id, process, kernel;
  std::int64_t context = 0, stream = 0, thread = 0, scope = 0;
  dimensions grid{1, 1, 1}, block{1, 1, 1};
  std::vector<metric_value> values;
};

class ncu_import {
 public:
  ncu_import(byte_source& from, capture_sink& sink, ncu_seen& seen, std::string const& label)
      : reader_(from), sink_(sink), seen_(seen), label_(label) {}

  void run() {
    find_header();
    while (true) {
      auto const how = reader_.next(fields_);
      if (how == csv_reader::outcome::end) break;
      if (how == csv_reader::outcome::cut_off) {
        lose_cut_row();
        break;
      }
      if (how == csv_reader::outcome::malformed) {
        sink_.losses().add(loss::import_unreadable, "rows that are no CSV");
      } else {
        record();
      }
    }
    flush();
  }

 private:
  void find_header() {
    std::string line;
    while (reader_.raw_line(line)) {
      if (!begins_header(line)) continue;
      if (std::string_view(line).starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
      reader_.put_back(line + "\n");
      if (reader_.next(fields_) == csv_reader::outcome::record) columns_ = read_header(fields_);
      if (columns_.id != ncu_columns::none) return set_columns();
    }
    throw usage_error(fmt::format(
        "{} has no header of Nsight Compute's CSV (\"ID\", \"Kernel Name\" and metrics): export it with 'ncu --csv', "
        "or 'ncu --csv --page raw'",
        label_));
  }

  void set_columns() {
    units_.assign(columns_.metrics.size(), {});
    wide_ids_.clear();
    for (auto const& name : columns_.names) wide_ids_.push_back(sink_.metrics().find_or_add(name));
    wants_units_ = columns_.is_wide();
    last_id_.clear();
    left_out_.reset();
    seen_.next_part();
  }

  std::string_view field(std::size_t column) const {
    return column < fields_.size() ? std::string_view(fields_[column]) : std::string_view();
  }

  void record() {
    auto const id = field(columns_.id);
    if (id == "ID") {
      auto const next = read_header(fields_);
      if (next.id == ncu_columns::none) return lose_row();
      flush();
      columns_ = next;
      return set_columns();
    }
    if (wants_units_ && id.empty() && field(columns_.kernel).empty()) {
      for (std::size_t i = 0; i < units_.size(); ++i) units_[i] = field(columns_.metrics[i]);
      wants_units_ = false;
      return;
    }
    auto const number = parse_number(id);
    if (fields_.size() == 1 || !number) return outside_row();
    auto const needed = columns_.is_wide() ? columns_.metrics.back() : columns_.value;
    bool const value_is_cut = reader_.line_has_no_end() && field(needed).empty();
    if ((fields_.size() <= needed || value_is_cut) && !is_advice()) return lose_short_row();
    if (columns_.is_wide()) {
      begin(*number);
      add_wide();
      return flush();
    }
    auto const process = field(columns_.process);
    if (left_out_ && left_out_->first == id && left_out_->second == process) return;
    if (!launch_ || launch_->id != id || launch_->process != process) begin(*number);
    if (launch_) add_long();
  }

  /// The program's own output, and ncu's, can stand between the rows.
  void outside_row() {
    auto const text = field(0);
    bool const blank = fields_.size() == 1 && text.empty();
    if (!blank && !text.starts_with("==")) lose_row();
  }

  /// Rows of a rule's advice have no metric.
  bool is_advice() const {
    return !columns_.is_wide() && columns_.metric < fields_.size() && field(columns_.metric).empty();
  }

  void lose_short_row() {
    if (reader_.line_has_no_end()) return lose_cut_row();
    sink_.losses().add(loss::import_unreadable, "rows that are too short");
    leave_launch_of_row();
  }

  void lose_cut_row() {
    sink_.losses().add(loss::import_cut_off);
    leave_launch_of_row();
  }

  /// It lacks what the row would have said of it, so it is not kept; the launch before it is whole.
  void leave_launch_of_row() {
    bool const has_id = fields_.size() > columns_.id + 1;
    if (launch_ && has_id && launch_->id != field(columns_.id)) flush();
    launch_.reset();
  }

  void lose_row() { sink_.losses().add(loss::import_unreadable, "rows without the ID of a launch"); }

  void begin(double number) {
    flush();
    std::string process(field(columns_.process));
    auto const [last, is_first] = last_id_.try_emplace(process, number);
    if (!is_first && number <= last->second) {
      sink_.losses().add(loss::import_unreadable, "rows of a launch that do not stand together");
      launch_.reset();
      return;
    }
    last->second = number;
    left_out_.reset();
    if (!seen_.add(field(columns_.host), process, number, field(columns_.kernel))) {
      sink_.losses().add(loss::import_launch_repeated, label_);
      left_out_.emplace(field(columns_.id), std::move(process));
      return;
    }
    auto& l = launch_.emplace();
    l.id = field(columns_.id);
    l.process = std::move(process);
    l.kernel = field(columns_.kernel);
    l.context = integer(field(columns_.context));
    l.stream = integer(field(columns_.stream));
    if (auto const grid = parse_dimensions(field(columns_.grid))) l.grid = *grid;
    if (auto const block = parse_dimensions(field(columns_.block))) l.block = *block;
    if (auto const gpu = field(columns_.device_name); !gpu.empty()) sink_.info()[info_key::gpu] = gpu;
    if (auto const cc = field(columns_.capability); !cc.empty()) sink_.set_compute_capability(cc);
    set_scope(l);
    if (auto const cell = field(columns_.start_stop); cell.find_first_not_of(' ') != std::string_view::npos)
      sink_.losses().add(loss::import_ranges_left_out, cell.substr(0, 60));
  }

  static std::int64_t integer(std::string_view text) {
    auto const n = parse_number(text);
    return n && std::abs(*n) < most_exact ? static_cast<std::int64_t>(*n) : 0;
  }

  void set_scope(open_launch& l) {
    auto const cell = field(columns_.push_pop);
    if (cell.find_first_not_of(' ') == std::string_view::npos) {
      seen_.ranges = {};
      return;
    }
    open_ranges now;
    if (!parse_ranges(cell, now)) {
      sink_.losses().add(loss::import_unreadable, "NVTX ranges");
      return;
    }
    // A range that was open around the launch before may have been entered again, and only one with another
    // text shows it.
    auto const& before = seen_.ranges;
    bool same = now.thread == before.thread && l.process == seen_.process;
    for (std::size_t i = 0; i < now.ranges.size(); ++i) {
      l.scope = sink_.scopes().of_range(l.scope, now.ranges[i].domain, now.ranges[i].name);
      same = same && i < before.ranges.size() && before.ranges[i] == now.ranges[i];
      same ? sink_.scopes().stayed(l.scope) : sink_.scopes().enter(l.scope);
    }
    l.thread = now.thread;
    seen_.ranges = std::move(now);
    seen_.process = l.process;
  }

  void add_long() {
    auto const name = field(columns_.metric);
    if (name.empty()) return;  // a rule's advice
    auto const value = field(columns_.value);
    if (field(columns_.section) == "Launch Statistics") {
      if (name == "Grid Size" && columns_.grid == ncu_columns::none) set_total(launch_->grid, value);
      if (name == "Block Size" && columns_.block == ncu_columns::none) set_total(launch_->block, value);
    }
    if (name.find("__") == std::string_view::npos && name.find('.') == std::string_view::npos) return;
    add_value(sink_.metrics().find_or_add(name), field(columns_.unit), value);
  }

  void add_wide() {
    if (!launch_) return;
    auto const without = [&](std::size_t column) { return column == ncu_columns::none; };
    for (std::size_t i = 0; i < columns_.metrics.size(); ++i) {
      auto const& name = columns_.names[i];
      auto const value = field(columns_.metrics[i]);
      if (name == "launch__grid_size" && without(columns_.grid)) set_total(launch_->grid, value);
      if (name == "launch__block_size" && without(columns_.block)) set_total(launch_->block, value);
      if (name == "device__attribute_compute_capability_major") major_ = value;
      if (name == "device__attribute_compute_capability_minor" && without(columns_.capability)) {
        sink_.set_compute_capability(fmt::format("{}.{}", major_, value));
      }
      add_value(wide_ids_[i], units_[i], value);
    }
  }

  static void set_total(dimensions& of, std::string_view text) {
    if (auto const n = parse_dimensions(text)) of = *n;
  }

  void add_value(std::uint32_t metric, std::string_view unit, std::string_view text) {
    auto& info = sink_.metrics()[metric];
    if (info.role == metric_role::no_count) return;
    auto& values = launch_->values;
    if (std::any_of(values.begin(), values.end(), [&](metric_value const& v) { return v.metric == metric; }))
      return;
    bool const flops = info.role == metric_role::cuda_core_flops || info.role == metric_role::tensor_flops;
    if (says_no_value(text)) {
      if (flops) values.push_back({metric, std::nullopt});
      return;
    }
    auto const number = parse_number(text);
    if (info.role == metric_role::tensor_activity) {
      if (number) values.push_back({metric, number});
      return;
    }
    auto const counts = parse_count_unit(unit);
    if (!counts || !number) {
      if (flops) lose_value(metric, info.name);
      return;
    }
    auto const whole = std::round(*number * counts->factor);
    bool const exact = counts->factor == 1 && whole == *number && std::abs(whole) < most_exact && whole >= 0;
    if (!exact && (!flops || counts->factor == 1 || whole < 0)) {
      if (flops) lose_value(metric, info.name);
      return;
    }
    if (!exact) sink_.losses().add(loss::import_rounded, info.name);
    if (info.unit.empty()) info.unit = counts->base;
    values.push_back({metric, whole});
  }

  /// A count that is not one: without a value its launch is not measured.
  void lose_value(std::uint32_t metric, std::string const& name) {
    sink_.losses().add(loss::import_unreadable, "values of " + name);
    launch_->values.push_back({metric, std::nullopt});
  }

  void flush() {
    if (!launch_) return;
    imported_launch out;
    out.kernel = launch_->kernel;
    out.scope = launch_->scope;
    if (launch_->scope != 0)
      out.phase = sink_.scopes().all()[static_cast<std::size_t>(launch_->scope - 1)].phase;
    out.context = launch_->context;
    out.stream = launch_->stream;
    out.thread = launch_->thread;
    out.grid = launch_->grid;
    out.block = launch_->block;
    out.values = std::move(launch_->values);
    sink_.add(out);
    launch_.reset();
  }

  csv_reader reader_;
  capture_sink& sink_;
  ncu_seen& seen_;
  std::string const& label_;
  std::vector<std::string> fields_;
  ncu_columns columns_;
  std::vector<std::string> units_;         ///< wide form, by position in `columns_.metrics`
  std::vector<std::uint32_t> wide_ids_;    ///< likewise
  std::map<std::string, double> last_id_;  ///< by process
  std::optional<open_launch> launch_;
  std::optional<std::pair<std::string, std::string>> left_out_;  ///< ID and process of a launch seen before
  std::string major_;
  bool wants_units_ = false;
};

}  // namespace

bool looks_like_ncu(std::string_view beginning) {
  while (!beginning.empty()) {
    auto const end = std::min(beginning.find('\n'), beginning.size());
    if (begins_header(beginning.substr(0, end))) return true;
    beginning.remove_prefix(std::min(end + 1, beginning.size()));
  }
  return false;
}

void import_ncu(byte_source& from, capture_sink& sink, ncu_seen& seen, std::string const& label) {
  ncu_import(from, sink, seen, label).run();
}

}  // namespace flopwatch::importing
