// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "session/session_state.hpp"

#include <algorithm>
#include <ctime>
#include <mutex>
#include <utility>

#include "cupti/driver.hpp"
#include "scope/merge.hpp"

namespace flopwatch::detail {
namespace {

std::mutex recorders_mutex;

std::vector<recorder*>& recorders() {
  static std::vector<recorder*> all;
  return all;
}

std::string now_utc() {
  auto const now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

void register_recorder(recorder& r) {
  std::lock_guard const lock(recorders_mutex);
  auto& all = recorders();
  if (std::find(all.begin(), all.end(), &r) == all.end()) all.push_back(&r);
}

std::vector<recorder*> registered_recorders() {
  std::lock_guard const lock(recorders_mutex);
  return recorders();
}

session_state::session_state(session_options o) : options(std::move(o)) {
  auto const choice = choose_device(options.device);
  info[info_key::program] = std::string("flopwatch ") + FLOPWATCH_VERSION;
  info[info_key::device] = choice.name;
  if (!choice.gpu.empty()) info[info_key::gpu] = choice.gpu;
  if (!choice.driver.empty()) info[info_key::driver] = choice.driver;
  info[info_key::measured] = "not collected";
  info[info_key::measured_reason] = choice.why_not_measured;
}

session_state::~session_state() { abandon(); }

void session_state::start() {
  if (active_) throw session_error("this session is recording already: stop it before it is started again");
  auto next = std::make_unique<recording>(read_tree ? read_tree() : module_names{}, options.operator_rules,
                                          options.max_rows);
  next->activate();
  active_ = std::move(next);
  try {
    writer_.emplace(options.capture.empty() ? capture_writer::in_memory() : capture_writer(options.capture));
    for (auto* const r : registered_recorders()) {
      r->attach(*active_);
      attached_.push_back(r);
    }
  } catch (...) {
    abandon();
    throw;
  }
}

void session_state::detach_all() noexcept {
  for (auto r = attached_.rbegin(); r != attached_.rend(); ++r) (*r)->detach();
  attached_.clear();
}

void session_state::abandon() noexcept {
  detach_all();
  active_.reset();
  if (!writer_) return;
  writer_.reset();
  std::error_code ignored;
  if (!options.capture.empty()) std::filesystem::remove(options.capture, ignored);
}

result session_state::stop() {
  if (!active_) throw session_error("this session is not recording: call start() first");
  auto all_info = info;
  for (auto const* const r : attached_) r->describe(all_info);
  all_info[info_key::created_utc] = now_utc();
  detach_all();
  active_->deactivate();
  auto const ended = std::move(active_);

  auto writer = std::move(*writer_);
  writer_.reset();
  for (auto const& [key, value] : all_info) writer.set_info(key, value);
  write_recording(*ended, writer);
  writer.close();
  return result(std::make_shared<capture_reader const>(
      options.capture.empty() ? capture_reader::from(std::move(writer)) : capture_reader(options.capture)));
}

}  // namespace flopwatch::detail
