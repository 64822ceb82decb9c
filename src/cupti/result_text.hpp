// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <cupti_result.h>

#include "flopwatch/error.hpp"

/// \file
/// What CUPTI's result codes mean to a user.

namespace flopwatch::cupti {

struct result_line {
  int code = 0;
  std::string_view name;    ///< "CUPTI_ERROR_HARDWARE_BUSY", without "CUPTI_ERROR_"
  std::string_view cause;   ///< a clause that is complete by itself
  std::string_view remedy;  ///< a clause that says what to do
  exit_code exit = exit_code::usage;
};

/// Every code of CUPTI 13.1 except success, by number.
[[nodiscard]] std::span<result_line const> result_lines() noexcept;

/// The line of a code. One that is not in the table, of a newer CUPTI, gets a general line.
[[nodiscard]] result_line const& line_of(CUptiResult code) noexcept;

/// "cuptiRangeProfilerStart for GH100: <cause> (HARDWARE_BUSY, 26): <remedy>", in one sentence.
[[nodiscard]] std::string sentence(CUptiResult code, std::string_view function,
                                   std::string_view context = {});

/// A call of CUPTI's that was refused, with its code.
class refused_call : public cupti_error {
 public:
  refused_call(std::string const& message, exit_code code, CUptiResult result)
      : cupti_error(message, code), result_(result) {}
  [[nodiscard]] CUptiResult result() const noexcept { return result_; }

 private:
  CUptiResult result_;
};

/// \param context what was being done or to what; may be empty
/// \throws refused_call always
[[noreturn]] void raise(CUptiResult code, std::string_view function, std::string_view context = {});

/// \throws refused_call unless the code is success
inline void check(CUptiResult code, std::string_view function, std::string_view context = {}) {
  if (code != CUPTI_SUCCESS) raise(code, function, context);
}

}  // namespace flopwatch::cupti
