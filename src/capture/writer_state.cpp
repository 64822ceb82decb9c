// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/writer_state.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "capture/create.hpp"
#include "capture/file_size_signal.hpp"
#include "capture/raw_image.hpp"
#include "capture/schema.hpp"

namespace flopwatch {

using namespace capture_detail;
namespace fs = std::filesystem;

capture_writer::state::state(part_file file, std::string name)
    : part(std::move(file)), label(std::move(name)), path(part->path()) {
  try {
    db = create_file(path, label);
    writing(label, [&] { tables = std::make_unique<table_writers>(db.get()); });
  } catch (...) {
    db.reset();
    part->discard();
    throw;
  }
}

capture_writer::state::state(std::string name)
    : held(std::make_unique<held_records>()), label(std::move(name)) {}

capture_writer::state::~state() {
  if (!is_own()) {
    // To close a connection is to write to its files.
    static_cast<void>(tables.release());
    static_cast<void>(unfinished.release());
    static_cast<void>(db.release());
    return;
  }
  if (held || !db) return;
  file_size_signal const blocked;  // to close a database is to write to it
  // Half of a recording does not replace what there was of it before: that stays.
  if (!failed && !closed && !whole) commit_what_can_be();
  tables.reset();
  unfinished.reset();
  db.reset();
}

void capture_writer::state::check_open() const {
  if (!is_own())
    refuse("cannot be written by a child process, which was forked meanwhile; record there again.");
  if (closed) refuse("takes no more records (it was closed); add them before close().");
  if (failed) refuse("takes no more records (writing it failed before); record again.");
}

void capture_writer::state::refuse(std::string const& why) const {
  throw capture_error(fmt::format("{} {}", label, why));
}

void capture_writer::state::need_database() {
  if (!held) return;
  auto made = create_in_memory();
  writing(label, [&] { tables = std::make_unique<table_writers>(made.get()); });
  db = std::move(made);
  auto const records = std::exchange(held, nullptr);
  try {
    put_all(records->data());
  } catch (...) {
    failed = true;
    throw;
  }
}

void capture_writer::state::put_all(capture_data const& data) {
  for (auto const& [key, value] : data.info) set_info(key, value);
  auto const insert_all = [&](auto const& all) {
    for (auto const& r : all) store([&] { insert(r); });
  };
  insert_all(data.modules);
  insert_all(data.module_paths);
  insert_all(data.scopes);
  for (auto const& r : data.operator_calls) add_operator_call(r);
  insert_all(data.formula_calls);
  insert_all(data.losses);
}

void capture_writer::state::add_operator_call(operator_call_record const& r) {
  store([&] { insert(r, operator_id(r.name)); });
}

void capture_writer::state::set_info(std::string_view key, std::string_view value) {
  check_open();
  if (held) return held->set_info(key, value);
  store([&] {
    tables->info(key, value);
    tables->info.finish();
    auto const [it, added] = info.try_emplace(std::string(key), value);
    if (added) return;
    row_hash old;
    old.text(key);
    old.text(it->second);
    tables->info.replaced(old);
    it->second = value;
  });
}

std::int64_t capture_writer::state::operator_id(std::string const& name) {
  auto const it = operators.find(name);
  if (it != operators.end()) return it->second;
  auto const id = static_cast<std::int64_t>(operators.size()) + 1;
  tables->operators(id, name);
  tables->operators.finish();
  operators.emplace(name, id);
  return id;
}

void capture_writer::state::add_plan(std::int64_t plan, std::vector<metric_record> metrics, bool reused) {
  check_open();
  need_database();
  std::stable_sort(metrics.begin(), metrics.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
  check_plan(plan, metrics);
  store([&] {
    auto const names = metric_columns(metrics);
    execute(db.get(), plan_sql(plan, names, reused));
    tables->plans(plan);
    tables->plans.finish();
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      insert(metrics[i], names[i]);
      metric_ids.insert(metrics[i].id);
    }
    plan_writer writer{{}, metrics.size()};
    for (auto const what : counted_in(reused)) {
      writer.counters.emplace(what, table_writer(db.get(), counter_table(what, plan)));
    }
    tables->counters.emplace(plan, std::move(writer));
  });
}

// All that the tables would refuse, before any of them changes: a plan is stored whole or not at all.
void capture_writer::state::check_plan(std::int64_t plan, std::vector<metric_record> const& metrics) const {
  if (plan < 1) refuse(fmt::format("cannot have a plan {}; number plans from 1 on.", plan));
  if (tables->counters.contains(plan)) {
    refuse(fmt::format("has plan {} already; declare each plan once.", plan));
  }
  auto const most =
      static_cast<std::size_t>(sqlite3_limit(db.get(), SQLITE_LIMIT_COLUMN, -1)) - columns_beside;
  if (metrics.size() > most) {
    refuse(fmt::format("cannot hold {} metrics in plan {}; spread them over plans of at most {}.",
                       metrics.size(), plan, most));
  }
  std::set<std::int64_t> ids;
  std::set<std::string> names;
  for (auto const& m : metrics) {
    if (m.plan != plan) {
      refuse(fmt::format("got metric '{}' of plan {} with plan {}; give each plan its own metrics.", m.name,
                         m.plan, plan));
    }
    if (m.id < 1 || metric_ids.contains(m.id) || !ids.insert(m.id).second) {
      refuse(
          fmt::format("got the metric id {} for '{}', which is taken or below 1; number the metrics of all "
                      "plans from 1 on.",
                      m.id, m.name));
    }
    if (!names.insert(m.name).second) {
      refuse(fmt::format("got the metric '{}' twice in plan {}; give it once.", m.name, plan));
    }
  }
}

void capture_writer::state::add_launch(launch_record const& r) {
  check_open();
  need_database();
  if (r.id < 1 || static_cast<std::size_t>(r.phase) >= enum_texts<phase>.size()) {
    refuse(fmt::format("refuses launch {} of phase {}; number launches from 1 on and give a valid phase.",
                       r.id, enum_text(r.phase)));
  }
  if (r.in_scope_range && r.plan != 0) {
    refuse(fmt::format("refuses launch {} of plan {}; one that was counted in a scope range has plan 0.",
                       r.id, r.plan));
  }
  add_counted(r, "a launch", counted::launch);
}

void capture_writer::state::add_scope_range(scope_range_record const& r) {
  check_open();
  need_database();
  if (r.plan == 0)
    refuse(fmt::format("refuses scope range {} of plan 0; give the plan that counted it.", r.id));
  add_counted(r, "a scope range", counted::scope_range);
}

void capture_writer::state::add_reuse_key(reuse_key_record const& r) {
  check_open();
  need_database();
  add_counted(r, "a key", counted::reuse_key);
}

void capture_writer::state::add_reuse_check(reuse_check_record const& r) {
  check_open();
  need_database();
  if (r.plan == 0) refuse(fmt::format("refuses check {} of plan 0; give the plan that counted it.", r.id));
  add_counted(r, "a check", counted::reuse_check);
}

template <class R>
void capture_writer::state::add_counted(R const& r, char const* noun, counted what) {
  plan_writer* plan = nullptr;
  if (r.plan != 0) {
    auto const it = tables->counters.find(r.plan);
    if (it == tables->counters.end()) {
      refuse(fmt::format("got {} of plan {}, which is not declared; call add_plan first.", noun, r.plan));
    }
    plan = &it->second;
  }
  if (plan != nullptr && !plan->counters.contains(what)) {
    refuse(
        fmt::format("got {} of plan {}, which was not declared for it; say so to add_plan.", noun, r.plan));
  }
  auto const expected = plan == nullptr ? 0 : plan->metrics;
  if (r.counters.size() != expected) {
    refuse(fmt::format("got {} counters for {} of plan {}, which has {} metrics; give one for each.",
                       r.counters.size(), noun, r.plan, expected));
  }
  store([&] {
    insert(r);
    if (plan == nullptr) return;
    auto& row = plan->counters.at(what);
    row.put(r.id);
    for (auto const& v : r.counters) row.put(v);
    row.finish();
  });
}

void capture_writer::state::add_raw_chunk(raw_chunk_record const& r, std::span<std::uint8_t const> image) {
  check_open();
  need_database();
  auto const size = static_cast<std::int64_t>(image.size());
  if (r.kept == image.empty() || (r.kept && r.image_bytes != size)) {
    refuse(
        fmt::format("got {} bytes for raw chunk {}, which must have {}; give the image of a kept chunk and "
                    "none for another.",
                    size, r.id, r.kept ? r.image_bytes : 0));
  }
  auto const packed = r.kept ? pack(image) : packed_image{};
  add_packed(r, packed.encoding, packed.bytes);
}

void capture_writer::state::add_packed(raw_chunk_record const& r, std::string_view encoding,
                                       std::span<std::uint8_t const> packed) {
  check_open();
  need_database();
  store([&] {
    insert(r);
    if (!r.kept) return;
    tables->images(r.id, encoding, packed);
    tables->images.finish();
  });
}

}  // namespace flopwatch
