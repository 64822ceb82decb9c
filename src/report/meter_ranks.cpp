// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/meter_ranks.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "flopwatch/checked.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch {
namespace {

constexpr int word_bits = 32;
constexpr std::int64_t word_mask = (std::int64_t{1} << word_bits) - 1;
constexpr double nanoseconds = 1e9;

/// In one order on all ranks; those of a rank are some of them.
std::vector<meter_cell> all_cells() {
  std::vector<meter_cell> out;
  for (auto const phase : all_phases) {
    for (int p = 0; p < precision_count; ++p) {
      auto const format = static_cast<precision>(p);
      out.push_back({phase, format, std::string(to_string(format))});
      if (format == precision::fp32) out.push_back({phase, format, "tf32"});
    }
  }
  return out;
}

class numbers_out {
 public:
  void add(std::int64_t value) {
    numbers_.push_back(value & word_mask);
    numbers_.push_back(value >> word_bits);
  }
  void add(double seconds) { add(static_cast<std::int64_t>(std::llround(seconds * nanoseconds))); }
  [[nodiscard]] std::vector<std::int64_t> take() { return std::move(numbers_); }

 private:
  std::vector<std::int64_t> numbers_;
};

class sums_in {
 public:
  explicit sums_in(std::span<std::int64_t const> sums) : sums_(sums) {}
  std::int64_t next() {
    if (next_ + 2 > sums_.size())
      throw usage_error("the sums over the ranks lack numbers: give all of them back");
    auto const low = sums_[next_];
    auto const high = sums_[next_ + 1];
    next_ += 2;
    return checked_add(checked_mul(high, word_mask + 1), low);
  }
  double seconds() { return static_cast<double>(next()) / nanoseconds; }

 private:
  std::span<std::int64_t const> sums_;
  std::size_t next_ = 0;
};

}  // namespace

std::vector<std::int64_t> rank_numbers(meter_interval const& own, std::optional<metered_times> const& times,
                                       int ranks) {
  if (own.rank < 0 || own.rank >= ranks) {
    throw usage_error(
        fmt::format("rank {} is none of {} ranks: give meter_options::rank and ranks", own.rank, ranks));
  }
  numbers_out out;
  for (auto const& cell : all_cells()) {
    auto const found = own.amounts.find(cell);
    auto const w = found == own.amounts.end() ? work{} : found->second;
    out.add(w.macs);
    out.add(w.useful_macs);
    out.add(w.other_flops);
  }
  for (auto const n : {own.steps, own.steps_read, own.steps_reused, own.steps_missing}) out.add(n);
  for (bool const is : {own.complete, own.exact, times.has_value()}) out.add(std::int64_t{is ? 1 : 0});
  auto const known = times.value_or(metered_times{});
  for (double const s : {known.seconds, known.useful_seconds, known.executed_seconds}) out.add(s);
  // Each rank has a place of its own, so that a sum can say who was the slowest; 0: the clock went back.
  for (int r = 0; r < ranks; ++r) {
    bool const mine = r == own.rank && own.seconds;
    out.add(mine ? 1 + static_cast<std::int64_t>(std::llround(*own.seconds * nanoseconds)) : std::int64_t{0});
  }
  return out.take();
}

meter_interval of_all_ranks(meter_interval own, std::span<std::int64_t const> sums, int ranks) {
  sums_in in(sums);
  meter_amounts amounts;
  for (auto const& cell : all_cells()) {
    work w;
    w.macs = in.next();
    w.useful_macs = in.next();
    w.other_flops = in.next();
    if (w != work{}) amounts[cell] = w;
  }
  own.amounts = std::move(amounts);
  own.steps = in.next() / ranks;
  own.steps_read = in.next();
  own.steps_reused = in.next();
  own.steps_missing = in.next();
  own.complete = in.next() == ranks;
  auto const exact = in.next();
  own.exact = exact == ranks;
  auto const timed = in.next();
  auto const seconds = in.seconds();
  auto const useful = in.seconds();
  auto const executed = in.seconds();
  own.seconds = 0;
  for (int r = 0; r < ranks; ++r) {
    auto const one = in.next();
    if (one == 0) own.seconds.reset();
    if (own.seconds) own.seconds = std::max(*own.seconds, static_cast<double>(one - 1) / nanoseconds);
  }
  if (exact < ranks) own.reasons.push_back(fmt::format("{} of {} ranks are not exact", ranks - exact, ranks));
  if (timed == ranks && seconds > 0) {
    own.mfu = useful / seconds;
    own.hfu = executed / seconds;
    own.no_utilization.clear();
  } else {
    own.mfu.reset();
    own.hfu.reset();
    if (own.no_utilization.empty()) {
      own.no_utilization = fmt::format("{} of {} ranks have no MFU", ranks - timed, ranks);
    }
  }
  own.ranks = ranks;
  return own;
}

}  // namespace flopwatch
