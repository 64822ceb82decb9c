// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "capture/create.hpp"
#include "capture/failure.hpp"
#include "capture/launch_reader.hpp"
#include "capture/mark.hpp"
#include "capture/merged_view.hpp"
#include "capture/open.hpp"
#include "capture/raw_image.hpp"
#include "capture/records.hpp"
#include "capture/reuse_reader.hpp"
#include "capture/save.hpp"
#include "capture/table_reader.hpp"
#include "capture/writer_state.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch {

using namespace capture_detail;

namespace {

constexpr char const* query_only = "PRAGMA query_only = ON";

}  // namespace

struct capture_reader::state {
  state(opened_capture from, std::string name) : opened(std::move(from)), label(std::move(name)) {}
  explicit state(std::unique_ptr<capture_writer::state> closed);

  /// With the mutex held.
  sqlite3* database();
  /// The same for one more reading, with its limits.
  read_source source();

  opened_capture opened;
  std::string label;
  std::unique_ptr<held_records> held;
  /// Threads share a reader, but cannot share a connection. Recursive, for a visitor that calls the reader.
  std::recursive_mutex mutex;
};

capture_reader::state::state(std::unique_ptr<capture_writer::state> closed)
    : label(std::move(closed->label)), held(std::move(closed->held)) {
  opened.db = std::move(closed->db);
}

sqlite3* capture_reader::state::database() {
  if (!opened.db) {
    capture_writer::state writer(label);
    writer.held = std::make_unique<held_records>(*held);
    writer.need_database();
    writer.close(&part_file::move_into_place);
    opened.db = std::move(writer.db);
    reading(label, [&] { execute(opened.db.get(), query_only); });
  }
  return opened.db.get();
}

read_source capture_reader::state::source() {
  auto* const db = database();
  if (!opened.limit) return db;
  if (!opened.file.empty()) opened.bytes = bytes_in(opened.file);
  opened.limit->restart(opened.bytes);
  return {db, opened.bytes};
}

namespace {

capture_reader::state& alive(std::unique_ptr<capture_reader::state> const& s) {
  if (!s)
    throw capture_error("A capture reader that was moved from reads nothing; use the one it was moved to.");
  return *s;
}

/// All tables as of one moment, also while the capture is being written.
class snapshot {
 public:
  explicit snapshot(sqlite3* db) : db_(db) { execute(db_, "SAVEPOINT snapshot"); }
  snapshot(snapshot const&) = delete;
  snapshot& operator=(snapshot const&) = delete;
  ~snapshot() { sqlite3_exec(db_, "RELEASE snapshot", nullptr, nullptr, nullptr); }

 private:
  sqlite3* db_;
};

/// Runs `f` on the database as of one moment, under the lock, and turns failures into reading errors.
template <class F>
auto locked_read(capture_reader::state& s, F&& f) {
  std::lock_guard const lock(s.mutex);
  return reading(s.label, [&] {
    auto const source = s.source();
    snapshot const moment(source);
    return f(source);
  });
}

/// Calls `visit` with each record and the id of its row.
template <class R, class F>
void read_each(read_source const& source, closed_mark const& mark, F&& visit) {
  table_reader rows(source, table_of<R>);
  while (rows.next()) {
    std::int64_t id = 0;
    R r;
    if constexpr (numbered<R>) rows(id);
    columns(rows, r);
    if constexpr (!numbered<R>) id = r.id;
    visit(id, std::move(r));
  }
  mark.check(table_of<R>, rows.sum());
}

template <class R>
void read_all(read_source const& source, closed_mark const& mark, std::vector<R>& out) {
  read_each<R>(source, mark, [&](std::int64_t /*id*/, R r) { out.push_back(std::move(r)); });
}

/// Those that the view wants.
template <class R>
void read_wanted(read_source const& source, closed_mark const& mark, merged_view& view, std::vector<R>& out) {
  read_each<R>(source, mark, [&](std::int64_t id, R r) {
    if (!view.wants(table_of<R>, id)) return;
    if constexpr (requires { r.operator_call; }) r.operator_call = view.operator_call(r.operator_call);
    out.push_back(std::move(r));
  });
}

void read_info(read_source const& source, closed_mark const& mark, std::map<std::string, std::string>& out) {
  table_reader rows(source, "info");
  while (rows.next()) {
    std::string key;
    rows(key);
    rows(out[key]);
  }
  mark.check("info", rows.sum());
}

void read_operator_calls(read_source const& source, closed_mark const& mark, merged_view& view,
                         capture_data& out) {
  std::unordered_map<std::int64_t, std::string> names;
  table_reader operators(source, "operator");
  while (operators.next()) {
    std::int64_t id = 0;
    operators(id);
    operators(names[id]);
  }
  mark.check("operator", operators.sum());
  table_reader rows(source, table_of<operator_call_record>);
  while (rows.next()) {
    std::int64_t name = 0;
    operator_call_record r;
    columns(rows, r, name);
    auto const it = names.find(name);
    if (it == names.end()) {
      throw damage(fmt::format("operator_call {} names operator {}, which is not there", r.id, name));
    }
    r.name = it->second;
    view.add(std::move(r), out);
  }
  mark.check(table_of<operator_call_record>, rows.sum());
}

void read_reuse(read_source const& source, closed_mark const& mark, merged_view& view, capture_data& out) {
  if (!has_reuse_tables(source, mark)) return;
  read_all(source, mark, out.reuse_keys);
  read_wanted(source, mark, view, out.reuse_counts);
  read_wanted(source, mark, view, out.reuse_audits);
  std::vector<reuse_check_record> checks;
  read_wanted(source, mark, view, checks);
  out.reuse_checks = static_cast<std::int64_t>(checks.size());
}

/// \param only the process to read, 0: all
capture_data read_everything(read_source const& source, std::int64_t only) {
  closed_mark const mark(source);
  merged_view view(source, mark, only);
  capture_data out;
  out.complete = mark.present();
  read_info(source, mark, out.info);
  read_all(source, mark, out.modules);
  read_all(source, mark, out.module_paths);
  read_all(source, mark, out.scopes);
  read_all(source, mark, out.losses);
  read_operator_calls(source, mark, view, out);
  read_each<formula_call_record>(
      source, mark, [&](std::int64_t id, formula_call_record const& r) { view.add(id, r, out); });
  view.finish_calls(out);
  read_all(source, mark, out.kernels);
  if (mark.has(source, table_of<graph_kernel_record>)) read_wanted(source, mark, view, out.graph_kernels);
  read_reuse(source, mark, view, out);
  if (has_raw_tables(source, mark)) {
    read_all(source, mark, out.counter_groups);
    read_wanted(source, mark, view, out.raw_chunks);
  }
  auto const plans = read_plans(source, mark);
  for (auto const& [plan, metrics] : plans) {
    for (auto const& m : metrics) out.metrics.push_back(m.record);
  }
  std::sort(out.metrics.begin(), out.metrics.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
  read_groups(source, mark, plans, view, out);
  std::erase_if(out.reuse_keys, [&](auto const& k) { return !view.wants(table_of<reuse_key_record>, k.id); });
  view.finish(source, out);
  if (!out.complete) out.losses.push_back(make_loss(loss::capture_incomplete, 1));
  return out;
}

}  // namespace

capture_reader::capture_reader(std::filesystem::path const& path) {
  auto label = label_of(path);
  auto opened = open_file(path, label);
  state_ = std::make_unique<state>(std::move(opened), std::move(label));
}

capture_reader read_back(capture_writer&& writer) {
  if (!writer.state_ || !writer.state_->closed) {
    throw capture_error("A capture can be read from its writer only after close(); call close() first.");
  }
  auto taken = std::move(writer.state_);
  if (!taken->path.empty()) return capture_reader(taken->path);
  if (taken->db) reading(taken->label, [&] { execute(taken->db.get(), query_only); });
  return capture_reader(std::make_unique<capture_reader::state>(std::move(taken)));
}

capture_reader capture_reader::from_bytes(std::vector<unsigned char> const& bytes) {
  std::string label = "the capture of " + std::to_string(bytes.size()) + " bytes in memory";
  auto opened = open_bytes(bytes, label);
  return capture_reader(std::make_unique<state>(std::move(opened), std::move(label)));
}

capture_reader::capture_reader(std::unique_ptr<state> s) : state_(std::move(s)) {}
capture_reader::capture_reader(capture_reader&&) noexcept = default;
capture_reader& capture_reader::operator=(capture_reader&&) noexcept = default;
capture_reader::~capture_reader() = default;

capture_data capture_reader::load() const {
  auto& s = alive(state_);
  if (s.held) return s.held->data();
  return locked_read(s, [&](read_source const& source) { return read_everything(source, 0); });
}

capture_data capture_reader::load_process(std::int64_t process) const {
  return locked_read(alive(state_),
                     [&](read_source const& source) { return read_everything(source, process); });
}

void capture_reader::for_each_launch(std::function<bool(launch_record const&)> const& visit) const {
  locked_read(alive(state_), [&](read_source const& source) {
    closed_mark const mark(source);
    visit_launches(source, mark, read_plans(source, mark), visit);
  });
}

void capture_reader::for_each_scope_range(std::function<bool(scope_range_record const&)> const& visit) const {
  locked_read(alive(state_), [&](read_source const& source) {
    closed_mark const mark(source);
    visit_scope_ranges(source, mark, read_plans(source, mark), visit);
  });
}

void capture_reader::for_each_raw_image(
    std::function<bool(raw_chunk_record const&, std::vector<std::uint8_t>&)> const& visit) const {
  locked_read(alive(state_), [&](read_source const& source) {
    closed_mark const mark(source);
    if (has_raw_tables(source, mark)) visit_raw_images(source, mark, visit);
  });
}

void capture_reader::for_each_reuse_key(std::function<bool(reuse_key_record const&)> const& visit) const {
  locked_read(alive(state_), [&](read_source const& source) {
    closed_mark const mark(source);
    if (has_reuse_tables(source, mark)) visit_reuse_keys(source, mark, read_plans(source, mark), visit);
  });
}

void capture_reader::for_each_reuse_check(std::function<bool(reuse_check_record const&)> const& visit) const {
  locked_read(alive(state_), [&](read_source const& source) {
    closed_mark const mark(source);
    if (has_reuse_tables(source, mark)) visit_reuse_checks(source, mark, read_plans(source, mark), visit);
  });
}

void capture_reader::save(std::filesystem::path const& path, bool overwrite) const {
  auto& s = alive(state_);
  std::lock_guard const lock(s.mutex);
  save_copy(s.database(), s.label, path, overwrite ? existing::replaced : existing::refused);
}

}  // namespace flopwatch
