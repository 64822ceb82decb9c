// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "capture/writer.hpp"
#include "flopwatch/scope.hpp"
#include "recording/recording.hpp"
#include "recording/write_recording.hpp"
#include "rules/operator/encoding.hpp"

namespace flopwatch::test {

/// A rule that gives `macs`, whatever it is asked.
inline operator_rule_function fixed(std::int64_t macs) {
  return [macs](operator_call const&) { return operator_work{{macs, macs, 0}, precision::fp32}; };
}

/// Operators of these tests: my::mul counts 10 MACs, the others misbehave in one way each.
inline detail::operator_rules test_rules() {
  return {
      {"my::mul", fixed(10)},
      {"my::negative", fixed(-1)},
      {"my::huge", fixed(INT64_MAX / 2)},
      {"my::refuses", [](operator_call const&) -> operator_work { throw rule_error("cannot count this"); }},
      {"my::throws", [](operator_call const&) -> operator_work { throw std::runtime_error("oops"); }},
      {"my::throws_int", [](operator_call const&) -> operator_work { throw 1; }}};
}

/// So that a test which asks only some of them finds no loss.
inline std::set<std::string> nobody_misses(detail::operator_rules const& rules) {
  std::set<std::string> names;
  for (auto const& [name, rule] : rules) names.insert(name);
  return names;
}

/// The observer's half at the beginning of a call. The thread is inside its record.
inline void enter(detail::thread_record& record, detail::recording& recording, char const* name,
                  std::int64_t size, bool composite) {
  if (record.inside_counted()) {
    record.enter_inside_counted();
    return;
  }
  auto const* const guess = record.predicted_row(name);
  auto known = guess != nullptr ? detail::thread_record::known_operator{guess->info, false}
                                : record.find_operator(name);
  if (known.info == nullptr) {
    known.info = &recording.operators().find(name, "", {.composite = composite});
    known.opened = known.info->opened;
    record.remember_operator(name, *known.info);
  }
  args_encoder args;
  args.tensor(std::vector<std::int64_t>{size}, scalar_type::f32, tensor_layout::strided);
  if (known.opened) {
    record.enter_opened();
  } else {
    record.enter_operator(*known.info, args.words(), name);
  }
}

/// Calls operator `name` as the dispatcher observer does, with `inside` as its body.
template <std::invocable Inside>
void call(detail::recording& recording, char const* name, Inside const& inside, std::int64_t size = 4,
          bool composite = false) {
  auto* const record = detail::current_record();
  if (record != nullptr) {
    detail::record_access const access(*record);
    if (access) enter(*record, recording, name, size, composite);
  }
  inside();
  if (record != nullptr) {
    detail::record_access const access(*record);
    if (access) record->leave_operator();
  }
}

inline void call(detail::recording& recording, char const* name, std::int64_t size = 4) {
  call(
      recording, name, [] {}, size);
}

/// The capture of an ended recording.
inline capture_data captured(detail::recording& recording) {
  recording.deactivate();
  auto writer = capture_writer::in_memory();
  detail::write_recording(recording, writer);
  writer.close();
  return read_back(std::move(writer)).load();
}

inline operator_call_record const& find_call(capture_data const& data, std::string const& name) {
  for (auto const& c : data.operator_calls) {
    if (c.name == name) return c;
  }
  throw std::runtime_error("no operator call " + name);
}

inline data_loss_record const* find_loss(capture_data const& data, loss_kind const& kind) {
  for (auto const& l : data.losses) {
    if (l.kind == kind.name) return &l;
  }
  return nullptr;
}

}  // namespace flopwatch::test
