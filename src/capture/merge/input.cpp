// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/merge/input.hpp"

#include <charconv>
#include <map>
#include <set>
#include <sys/stat.h>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/records.hpp"
#include "capture/table_reader.hpp"
#include "capture/target_path.hpp"
#include "flopwatch/diagnostics.hpp"
#include "text/printable.hpp"

namespace flopwatch::capture_detail {
namespace {

namespace fs = std::filesystem;
using info_map = std::map<std::string, std::string>;

info_map read_info(read_source const& source, closed_mark const& mark) {
  info_map out;
  table_reader rows(source, "info");
  while (rows.next()) {
    std::string key;
    rows(key);
    rows(out[key]);
  }
  mark.check("info", rows.sum());
  return out;
}

std::vector<data_loss_record> read_losses(read_source const& source, closed_mark const& mark) {
  std::vector<data_loss_record> out;
  table_reader rows(source, table_of<data_loss_record>);
  while (rows.next()) {
    std::int64_t row_number = 0;
    rows(row_number);
    columns(rows, out.emplace_back());
  }
  mark.check(table_of<data_loss_record>, rows.sum());
  return out;
}

std::string text_of(info_map const& info, char const* key) {
  auto const it = info.find(key);
  return it == info.end() ? std::string() : it->second;
}

std::int64_t number_of(info_map const& info, char const* key, std::int64_t otherwise) {
  auto const text = text_of(info, key);
  std::int64_t value = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size() && value >= 0 ? value : otherwise;
}

stored_process recorded_by(fs::path const& path, info_map info, std::vector<data_loss_record> losses) {
  stored_process out;
  out.record.id = 1;
  out.record.host = text_of(info, info_key::host);
  out.record.pid = number_of(info, info_key::pid, 0);
  out.record.rank = number_of(info, info_key::rank, -1);
  out.record.local_rank = number_of(info, info_key::local_rank, -1);
  out.record.world_size = number_of(info, info_key::world_size, -1);
  out.record.started_utc = text_of(info, info_key::started_utc);
  out.record.file = path.filename().string();
  out.info = std::move(info);
  out.losses = std::move(losses);
  return out;
}

/// Refuses what is given twice.
class recordings {
 public:
  void add(fs::path const& path, std::vector<stored_process> const& processes) {
    struct stat s {};
    if (stat(path.c_str(), &s) == 0) {
      auto const [it, is_new] = files_.try_emplace({s.st_dev, s.st_ino}, path);
      if (!is_new) refuse(path, it->second, "are one file");
    }
    for (auto const& p : processes) {
      auto const& r = p.record;
      if (r.started_utc.empty() || r.pid == 0) continue;
      auto const [it, is_new] = begun_.try_emplace({r.host, r.pid, r.started_utc}, path);
      if (!is_new)
        refuse(path, it->second,
               fmt::format("both have the recording that process {} of {} began at {}", r.pid,
                           text::printable(r.host), text::printable(r.started_utc)));
    }
  }

 private:
  [[noreturn]] static void refuse(fs::path const& path, fs::path const& other, std::string const& why) {
    throw capture_error(fmt::format("'{}' and '{}' {}, which would count its work twice; give one of them.",
                                    text::printable(other.string()), text::printable(path.string()), why));
  }

  std::map<std::pair<dev_t, ino_t>, fs::path> files_;
  std::map<std::tuple<std::string, std::int64_t, std::string>, fs::path> begun_;
};

/// How its kernels were counted; "" where none were.
std::string way_of(merge_input const& input) {
  return reading(input.label(), [&]() -> std::string {
    auto const any = [&](char const* table) {
      if (!input.mark().has(input.source(), table)) return false;
      need_plain_table(input.source(), table);
      return query_integer(input.source(), fmt::format("SELECT EXISTS(SELECT 1 FROM {})", table)) != 0;
    };
    if (any("reuse_key")) return "with reused counts";
    for (auto const& p : input.processes()) {
      if (p.info.contains(info_key::scope_depth)) return "by scope";
    }
    return any("plan") ? "by launch" : "";
  });
}

/// Raw images of other ways are evaluated in other ways.
class one_way {
 public:
  void add(fs::path const& path, merge_input const& input) {
    auto const way = way_of(input);
    if (way.empty()) return;
    if (way_.empty()) {
      way_ = way;
      first_ = path;
    } else if (way != way_) {
      throw capture_error(fmt::format(
          "The kernels of '{}' were counted {}, those of '{}' {}; merge captures that were counted alike.",
          text::printable(first_.string()), way_, text::printable(path.string()), way));
    }
  }

 private:
  std::string way_;
  fs::path first_;
};

}  // namespace

merge_input::merge_input(fs::path path) : label_(label_of(path)), opened_(open_file(path, label_)) {
  reading(label_, [&] {
    execute(opened_.db.get(), "SAVEPOINT merging");  // all tables as of one moment
    mark_.emplace(source());
    processes_ = read_processes(source(), mark());
    is_merged_ = !processes_.empty();
    if (is_merged_) {
      // Its own losses follow from those of its processes; only that it is incomplete does not.
      if (!mark().present()) processes_.front().losses.push_back(make_loss(loss::capture_incomplete, 1));
      return;
    }
    auto losses = read_losses(source(), mark());
    if (!mark().present()) losses.push_back(make_loss(loss::capture_incomplete, 1));
    processes_.push_back(recorded_by(path, read_info(source(), mark()), std::move(losses)));
  });
}

tree_roots roots_of(merge_input const& input) {
  return reading(input.label(), [&] {
    for (auto const* table : {"module_path", "module"}) need_plain_table(input.source(), table);
    statement root(input.source(),
                   "SELECT m.type FROM module_path p JOIN module m ON m.id = p.module WHERE p.parent = 0");
    if (!root.step()) return tree_roots{};
    auto const* const text = sqlite3_column_text(root.get(), 0);
    tree_roots out{false, text == nullptr ? std::string() : reinterpret_cast<char const*>(text)};
    out.is_group = out.type.empty();
    return out;
  });
}

merge_plan plan_merge(std::vector<fs::path> const& captures) {
  if (captures.empty()) throw capture_error("There is no capture to merge; give one file or more.");
  merge_plan out;
  recordings given;
  one_way counted;
  std::set<std::string> types;
  bool any_group = false;
  for (auto const& path : captures) {
    merge_input const input(path);
    given.add(path, input.processes());
    counted.add(path, input);
    auto const roots = roots_of(input);
    any_group = any_group || roots.is_group;
    if (!roots.type.empty()) types.insert(roots.type);
    for (auto const& p : input.processes()) {
      out.processes.push_back(p.record);
      out.processes.back().id = static_cast<std::int64_t>(out.processes.size());
    }
  }
  out.side_by_side = types.size() > 1 || (any_group && !types.empty());
  return out;
}

}  // namespace flopwatch::capture_detail
