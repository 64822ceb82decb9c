// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "flopwatch/capture.hpp"

/// \file
/// Every way in which data can be lost, as a named counter with a severity and a sentence.
/// A number with an error behind it is never shown as exact.

namespace flopwatch {

struct loss_kind {
  std::string_view name;
  flopwatch::severity severity;
  std::string_view sentence;  ///< what it means and what to do; a detail may be added after it
};

namespace loss {
inline constexpr loss_kind capture_incomplete{
    "capture_incomplete", severity::error,
    "The capture was not closed: the program ended before the session did, so totals may be too low; "
    "record again."};
inline constexpr loss_kind module_without_scope{
    "module_without_scope", severity::error,
    "A module with a formula rule opens no scope, so calls of it, if there were any, were not seen and the "
    "formula column may lack them; declare it through flopwatch::nn or flopwatch::scoped."};
inline constexpr loss_kind rule_failed{
    "rule_failed", severity::error,
    "A rule threw or gave no usable number; the calls it was asked about are missing from the column; "
    "mend the rule."};
inline constexpr loss_kind rule_negative{
    "rule_negative", severity::error,
    "A rule returned a negative count, which was not added; mend the rule."};
inline constexpr loss_kind count_overflow{
    "count_overflow", severity::error,
    "A count did not fit 64 bits and was not added; count a smaller input."};
inline constexpr loss_kind rule_without_inputs{
    "rule_without_inputs", severity::error,
    "A module with a formula rule was called through a plain scope that does not know its tensors; "
    "declare it through flopwatch::nn or flopwatch::scoped."};
inline constexpr loss_kind call_unreadable{
    "call_unreadable", severity::error,
    "The shapes of a call of a module with a formula rule could not be read (a nested tensor, say), so the "
    "formula column lacks it."};
inline constexpr loss_kind operator_unreadable{
    "operator_unreadable", severity::error,
    "An operator call could not be recorded (its arguments could not be read, or memory ran out), so the "
    "operator column lacks it."};
inline constexpr loss_kind calls_folded{
    "calls_folded", severity::note,
    "A module was called so often by one parent that further calls share the last call's row; totals "
    "are complete."};
inline constexpr loss_kind scope_left_open{
    "scope_left_open", severity::warning,
    "A thread was still inside a module when recording ended; what it did later is not counted; stop "
    "the session after the threads have finished."};
inline constexpr loss_kind operator_left_open{
    "operator_left_open", severity::warning,
    "A thread was still inside an operator when recording ended; its work may be counted in part; stop "
    "the session after the threads have finished."};
inline constexpr loss_kind rows_dropped{
    "rows_dropped", severity::error,
    "The bound on distinct operator calls was reached and further ones were dropped; count fewer "
    "distinct shapes, or raise session_options::max_rows."};
inline constexpr loss_kind backward_unattributed{
    "backward_unattributed", severity::warning,
    "A backward operator could not be tied to the module whose forward made it; it is counted outside "
    "every module."};

inline constexpr std::array all{
    capture_incomplete,  module_without_scope, rule_failed,           rule_negative, count_overflow,
    rule_without_inputs, call_unreadable,      operator_unreadable,   calls_folded,  scope_left_open,
    operator_left_open,  rows_dropped,         backward_unattributed,
};
}  // namespace loss

/// A record of `kind` with a detail appended to its sentence (none when empty).
[[nodiscard]] data_loss_record make_loss(loss_kind const& kind, std::int64_t count,
                                         std::string_view detail = {});

}  // namespace flopwatch
