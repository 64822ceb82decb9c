// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/thread_record.hpp"

#include <algorithm>
#include <exception>
#include <thread>

#include "recording/formula_call.hpp"
#include "recording/sequence_source.hpp"
#include "recording/thread_slot.hpp"

namespace flopwatch::detail {
namespace {

std::uint8_t exceptions_in_flight() noexcept {
  return static_cast<std::uint8_t>(std::min(std::uncaught_exceptions(), 255));
}

/// Composite operators that call one product, after views and casts of its operands.
bool has_one_product(operator_info const& info) noexcept {
  std::string_view const base = info.base;
  return info.traits.composite &&
         (base == "aten::linear" || base == "aten::matmul" || base.starts_with("aten::conv"));
}

}  // namespace

thread_record::thread_record(module_names const& names, std::size_t max_rows, bool looks_inside)
    : scopes_(names), rows_(max_rows), looks_inside_(looks_inside), cache_(1024) {
  frames_.reserve(64);
}

[[gnu::hot]] void thread_record::finished_call(scope_node& node,
                                               std::span<std::int64_t const> encoded_shapes) {
  // The formula is of one forward pass; what is computed again in backward is not asked about.
  if (node.module == nullptr || !node.module->rule || node.in_phase != phase::forward) return;
  mute const quiet;
  record_formula_call(node, encoded_shapes, [this](loss_kind const& kind, std::string detail) {
    note(kind, 1, std::move(detail));
  });
}

[[gnu::hot]] thread_record::known_operator thread_record::find_operator(char const* name) const noexcept {
  auto const mask = cache_.size() - 1;
  for (auto i = (reinterpret_cast<std::uintptr_t>(name) >> 4U) & mask; cache_[i].name != nullptr;
       i = (i + 1) & mask) {
    auto const& entry = cache_[i];
    if (entry.name != name) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the lowest bit of the pointer is a flag
    return {reinterpret_cast<operator_info const*>(entry.info_and_opened & ~std::uintptr_t{1}),
            (entry.info_and_opened & 1U) != 0};
  }
  return {nullptr, false};
}

void thread_record::remember_operator(char const* name, operator_info const& info) {
  if (!info.is_operator) return;
  if (cached_ * 2 >= cache_.size()) {
    std::fill(cache_.begin(), cache_.end(), known{});
    cached_ = 0;
  }
  auto const mask = cache_.size() - 1;
  auto i = (reinterpret_cast<std::uintptr_t>(name) >> 4U) & mask;
  while (cache_[i].name != nullptr) i = (i + 1) & mask;
  cache_[i] = {name, reinterpret_cast<std::uintptr_t>(&info) | (info.opened ? 1U : 0U)};
  ++cached_;
}

void thread_record::evaluate(operator_row& row) {
  auto const& info = *row.info;
  if (info.entry.treatment == operator_treatment::no_arithmetic) {
    row.no_arithmetic = true;
    return;
  }
  if (info.entry.treatment != operator_treatment::counted) {
    row.note = info.entry.note;
    return;
  }
  if (auto const* const like = rows_.counted_like(row); like != nullptr) {
    row.per_call = like->per_call;
    row.precision = like->precision;
    row.product = like->product;
    row.note = like->note;
    row.counted = true;
    return;
  }
  mute const quiet;
  info.rule_asked.store(true, std::memory_order_relaxed);
  try {
    auto const args = decode_args(row.args());
    auto const result = info.entry.rule({info.base, info.overload, args});
    auto const& w = result.amount;
    if (w.macs < 0 || w.useful_macs < 0 || w.other_flops < 0) {
      row.note = "the rule returned a negative count";
      note(loss::rule_negative, 1, info.full_name());
      return;
    }
    if (w.useful_macs > w.macs) {
      row.note = "the rule returned more useful MACs than MACs";
      note(loss::rule_failed, 1, info.full_name() + ": " + row.note);
      return;
    }
    row.per_call = w;
    if (w.useful_macs == 0) row.per_call.useful_macs = w.macs;
    row.product = info.entry.arithmetic == arithmetic::multiply_add || w.macs != 0;
    row.precision = result.precision;
    row.note = result.note;
    row.counted = true;
  } catch (overflow_error const& e) {
    row.note = e.what();
    note(loss::count_overflow, 1, info.full_name());
  } catch (rule_error const& e) {
    row.note = e.what();
  } catch (std::exception const& e) {
    row.note = e.what();
    note(loss::rule_failed, 1, info.full_name() + ": " + e.what());
  } catch (...) {
    row.note = "the rule threw something that is no std::exception";
    note(loss::rule_failed, 1, info.full_name());
  }
}

void thread_record::enter_engine_frame() {
  frames_.push_back({.engine = true});
  enter_engine();
}

[[gnu::hot]] void thread_record::enter_operator(operator_info const& info, std::span<std::int64_t const> args,
                                                char const* name, bool kernel_excludes_autograd) {
  auto const where = operator_place();
  auto const [row, is_new] = rows_.find_or_add(where.scope, &info, where.in_phase, args);
  if (row == nullptr) {
    note(loss::rows_dropped);
    frames_.push_back({});
    return;
  }
  if (is_new) evaluate(*row);
  if (row->name != name && info.is_operator) row->name = name;
  if (row->counted || row->no_arithmetic) ++row->calls;
  if (row->counted) {
    counted_ = {.depth = 1, .kernel_excludes_autograd = kernel_excludes_autograd};
    mark_counted(row->product);
  }
  if (row->traits.allocates && row->no_arithmetic) note_allocation();
  frames_.push_back({.row = row, .counts = row->counted, .unwinding = exceptions_in_flight()});
}

void thread_record::mark_counted(bool product) noexcept {
  products_counted_ += product ? 1 : 0;
  for (auto f = frames_.rbegin(); f != frames_.rend(); ++f) {
    if (product ? f->products_inside : f->counted_inside) break;
    f->counted_inside = true;
    f->products_inside = product;
  }
}

void thread_record::enter_zero() {
  stop_asking();
  frames_.push_back({.zero = true});
}

bool thread_record::inside_zero() const noexcept {
  return std::any_of(frames_.begin(), frames_.end(), [](frame const& f) { return f.zero; });
}

void thread_record::stop_asking() noexcept {
  for (auto f = frames_.rbegin(); f != frames_.rend() && !f->counts; ++f) f->asked = nullptr;
}

void thread_record::note_allocation() noexcept {
  for (auto f = frames_.rbegin(); f != frames_.rend(); ++f) {
    if (f->row == nullptr) continue;
    f->allocates = !f->row->info->is_operator;
    return;
  }
}

void thread_record::see_inside(char const* name) {
  if (!names_inside_.insert(name).second) return;
  auto const around = std::find_if(frames_.rbegin(), frames_.rend(), [](frame const& f) { return f.counts; });
  if (around != frames_.rend()) seen_inside_.try_emplace(name, around->row->info);
}

void thread_record::lose_operator() {
  frames_.push_back({});
  note(loss::operator_unreadable);
}

bool thread_record::speaks_for_inner() const noexcept {
  for (auto f = frames_.rbegin(); f != frames_.rend() && !f->python; ++f) {
    if (f->row != nullptr && !f->row->counted && f->row->info->is_operator) return true;
    if (f->resumes) return false;
  }
  return false;
}

thread_record::listing thread_record::listing_of(frame const& f) const noexcept {
  auto const& info = *f.row->info;
  if (speaks_for_inner() || (f.nested && counted_within(f, info))) return listing::none;
  // Its operands do not fit each other: nothing ran.
  if (info.entry.treatment == operator_treatment::counted && exceptions_in_flight() > f.unwinding) {
    return listing::none;
  }
  if (info.is_operator) return f.counted_inside ? listing::partly : listing::unsupported;
  // A user's autograd function: its operators do all its work, unless a kernel of its own filled a tensor.
  if (!f.counted_inside && !f.listed_inside) return listing::unsupported;
  return f.allocates ? listing::partly : listing::none;
}

[[gnu::cold]] void thread_record::raised(operator_row& row) {
  auto const ran = kernel_of_raised(counted_, row.product, has_one_product(*row.info));
  if (ran == kernel_run::yes) return;
  --row.calls;
  if (ran == kernel_run::unknown) {
    note(row.product ? loss::operator_raised : loss::arithmetic_raised, 1, row.info->full_name());
  }
}

bool thread_record::counted_within(frame const& f, operator_info const& info) noexcept {
  return info.entry.arithmetic == arithmetic::multiply_add ? f.products_inside : f.counted_inside;
}

[[gnu::cold]] void thread_record::answered(operator_info const& asked) {
  if (exceptions_in_flight() > 0) return;
  stop_asking();
  note(backward_.inside() ? loss::answered_again : loss::operator_answered, 1, asked.full_name());
}

void thread_record::list(frame const& f) noexcept {
  auto const how = listing_of(f);
  if (how == listing::none) return;
  ++(how == listing::partly ? f.row->partly : f.row->unsupported);
  for (auto outer = frames_.rbegin(); outer != frames_.rend() && !outer->listed_inside; ++outer) {
    outer->listed_inside = true;
  }
}

[[gnu::hot]] bool thread_record::leave_operator() noexcept {
  if (counted_.depth > 1) {
    --counted_.depth;
    return false;
  }
  counted_.depth = 0;
  if (frames_.empty()) return false;  // opened before this recording began
  auto const f = frames_.back();
  frames_.pop_back();
  try {
    if (f.counts && exceptions_in_flight() > f.unwinding) raised(*f.row);
    if (f.asked != nullptr && !f.listed_inside && !counted_within(f, *f.asked)) answered(*f.asked);
  } catch (...) {
    // Out of memory: the loss is not noted.
  }
  if (f.resumes) {
    counted_ = suspended_.back();
    counted_.parts_before_outside = counted_.parts;
    suspended_.pop_back();
  }
  if (f.row != nullptr && !f.row->counted && !f.row->no_arithmetic) list(f);
  return f.engine;
}

outside_kernel::outside_kernel(thread_record& record) : record_(record), frames_(record.frames_.size()) {
  record_.suspended_.push_back(record_.counted_);
  record_.counted_ = {};
}

outside_kernel::~outside_kernel() {
  if (record_.frames_.size() > frames_) {
    record_.frames_.back().resumes = true;
    return;
  }
  // It could not be opened: its end is the end of a part.
  record_.counted_ = record_.suspended_.back();
  record_.suspended_.pop_back();
  record_.counted_.enter_part();
}

operator_row const* thread_record::open_operator() const noexcept {
  for (auto f = frames_.rbegin(); f != frames_.rend(); ++f) {
    if (f->row != nullptr) return f->row;
  }
  return nullptr;
}

[[gnu::hot]] thread_record::launch_origin thread_record::origin_of_launch() noexcept {
  if (auto const* const row = open_operator(); row != nullptr) return {row->scope, row, row->in_phase};
  auto const here = operator_place();
  return {here.scope, nullptr, here.in_phase};
}

[[gnu::hot]] thread_record::place thread_record::operator_place() noexcept {
  auto const* const current = scopes_.current();
  bool const in_step = current->in_phase == phase::optimizer;
  if (!backward_.inside()) return {current, current->in_phase};
  if (!backward_.is_backward(current)) return {current, in_step ? phase::optimizer : phase::recompute};
  auto const* const forward = backward_.forward_scope();
  return {forward != nullptr ? forward : &scopes_.nodes().front(), phase::backward};
}

void thread_record::remember_sequence(std::uint64_t thread_id, std::int64_t number) {
  if (thread_id_.load(std::memory_order_relaxed) != thread_id) {
    thread_id_.store(thread_id, std::memory_order_release);
  }
  sequences_.remember(number, scopes_.current());
}

void thread_record::remember_nodes_so_far() {
  auto const ask = sequence_source.load(std::memory_order_acquire);
  if (ask == nullptr) return;
  auto const [thread, next] = ask();
  if (next == next_node_) return;
  if (thread_id_.load(std::memory_order_relaxed) != thread)
    thread_id_.store(thread, std::memory_order_release);
  if (next_node_ >= 0 && next > next_node_) sequences_.remember_span(next_node_, next - 1, scopes_.current());
  next_node_ = next;
}

void thread_record::note(loss_kind const& kind, std::int64_t count, std::string detail) {
  auto const same = std::find_if(losses_.begin(), losses_.end(), [&](noted_loss const& l) {
    return l.kind == &kind && (l.detail == detail || losses_.size() >= 100);
  });
  if (same != losses_.end()) {
    same->count += count;
  } else {
    losses_.push_back({&kind, count, std::move(detail)});
  }
}

void thread_record::close() noexcept {
  gate_.store(gate::closed, std::memory_order_seq_cst);
  gate_.notify_all();
  while (busy_.load(std::memory_order_seq_cst)) std::this_thread::yield();
}

[[gnu::cold]] bool thread_record::wait_at_gate() noexcept {
  for (;;) {
    auto const now = gate_.load(std::memory_order_seq_cst);
    if (now != gate::paused) return now == gate::open;
    busy_.store(false, std::memory_order_seq_cst);
    gate_.wait(gate::paused, std::memory_order_seq_cst);
    busy_.store(true, std::memory_order_seq_cst);
  }
}

record_pause::record_pause(thread_record& record, std::chrono::microseconds patience) noexcept
    : record_(record) {
  auto expected = thread_record::gate::open;
  paused_ =
      record_.gate_.compare_exchange_strong(expected, thread_record::gate::paused, std::memory_order_seq_cst);
  auto const end = std::chrono::steady_clock::now() + patience;
  quiet_ = !record_.busy_.load(std::memory_order_seq_cst);
  while (!quiet_ && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
    quiet_ = !record_.busy_.load(std::memory_order_seq_cst);
  }
}

record_pause::~record_pause() {
  if (!paused_) return;
  auto expected = thread_record::gate::paused;  // else it was closed meanwhile
  record_.gate_.compare_exchange_strong(expected, thread_record::gate::open, std::memory_order_seq_cst);
  record_.gate_.notify_all();
}

}  // namespace flopwatch::detail
