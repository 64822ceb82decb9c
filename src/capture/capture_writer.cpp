// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "capture/failure.hpp"
#include "capture/writer.hpp"
#include "capture/writer_state.hpp"

namespace flopwatch {

using namespace capture_detail;
namespace fs = std::filesystem;

namespace {

capture_writer::state& alive(std::unique_ptr<capture_writer::state> const& s) {
  if (!s)
    throw capture_error("A capture writer that was moved from takes nothing; use the one it was moved to.");
  return *s;
}

template <class R>
void add_record(std::unique_ptr<capture_writer::state> const& s, R const& r) {
  if (alive(s).hold(r)) return;
  s->store([&] { s->insert(r); });
}

}  // namespace

capture_writer::capture_writer(fs::path const& path, bool overwrite)
    : state_(std::make_unique<state>(part_file(path, overwrite ? existing::replaced : existing::refused),
                                     label_of(path))) {}

capture_writer capture_writer::in_memory() {
  return capture_writer(std::make_unique<state>("the capture in memory"));
}

capture_writer::capture_writer(std::unique_ptr<state> s) : state_(std::move(s)) {}
capture_writer::capture_writer(capture_writer&&) noexcept = default;
capture_writer& capture_writer::operator=(capture_writer&&) noexcept = default;
capture_writer::~capture_writer() = default;

void capture_writer::set_info(std::string_view key, std::string_view value) {
  alive(state_).set_info(key, value);
}

void capture_writer::add(module_record const& r) { add_record(state_, r); }
void capture_writer::add(module_path_record const& r) { add_record(state_, r); }
void capture_writer::add(scope_record const& r) { add_record(state_, r); }
void capture_writer::add(formula_call_record const& r) { add_record(state_, r); }
void capture_writer::add(kernel_record const& r) { add_record(state_, r); }
void capture_writer::add(graph_kernel_record const& r) { add_record(state_, r); }
void capture_writer::add(data_loss_record const& r) { add_record(state_, r); }

void capture_writer::add(operator_call_record const& r) {
  if (alive(state_).hold(r)) return;
  state_->add_operator_call(r);
}

void capture_writer::add_plan(std::int64_t plan, std::vector<metric_record> const& metrics, bool reused) {
  alive(state_).add_plan(plan, metrics, reused);
}

void capture_writer::add(launch_record const& r) { alive(state_).add_launch(r); }
void capture_writer::add(scope_range_record const& r) { alive(state_).add_scope_range(r); }

void capture_writer::add(reuse_key_record const& r) { alive(state_).add_reuse_key(r); }
void capture_writer::add(reuse_count_record const& r) { add_record(state_, r); }
void capture_writer::add(reuse_check_record const& r) { alive(state_).add_reuse_check(r); }
void capture_writer::add(reuse_audit_record const& r) { add_record(state_, r); }

void capture_writer::add(counter_group_record const& r) { add_record(state_, r); }

void capture_writer::add(raw_chunk_record const& r, std::span<std::uint8_t const> image) {
  alive(state_).add_raw_chunk(r, image);
}

void capture_writer::add_packed(raw_chunk_record const& r, std::string_view encoding,
                                std::span<std::uint8_t const> packed) {
  alive(state_).add_packed(r, encoding, packed);
}

void capture_writer::add(process_record const& r) { add_record(state_, r); }
void capture_writer::add(process_rows_record const& r) { add_record(state_, r); }
void capture_writer::add(process_scope_record const& r) { add_record(state_, r); }
void capture_writer::add(process_info_record const& r) { add_record(state_, r); }
void capture_writer::add(process_loss_record const& r) { add_record(state_, r); }

void capture_writer::put_unfinished(unfinished_rows const& rows) { alive(state_).put_unfinished(rows); }
void capture_writer::begin_whole() { alive(state_).begin_whole(); }
void capture_writer::end_whole() { alive(state_).end_whole(); }

fs::path const& capture_writer::path() const { return alive(state_).path; }

void capture_writer::close() { alive(state_).close(&part_file::move_into_place); }
void capture_writer::close_beside() { alive(state_).close(&part_file::move_beside); }

void capture_writer::discard() noexcept {
  if (state_) state_->discard();
}

}  // namespace flopwatch
