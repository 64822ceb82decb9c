// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "flopwatch/operator_rule.hpp"
#include "import/capture_sink.hpp"
#include "import/kineto_events.hpp"

namespace flopwatch::importing {

/// How a traced operator is treated, and what its rule gives for its arguments.
struct traced_work {
  operator_treatment treatment = operator_treatment::unknown;
  flopwatch::arithmetic arithmetic = flopwatch::arithmetic::none;
  std::optional<operator_work> counted;  ///< nullopt: the rule refused the call, or there is none
  std::string note;                      ///< why it is not counted, or how it was estimated
  bool no_shapes = false;                ///< it has a rule, which cannot be asked
  bool is_operator = true;               ///< false: a named range
};

/// Equal calls of traced operators, as records of a capture. Rules are asked once for each operator and
/// shapes.
class traced_operators {
 public:
  traced_operators(trace_events const& events, std::vector<operator_call_record>& records)
      : events_(events), records_(records), first_(records.size()) {}

  [[nodiscard]] traced_work const& work_of(operator_event const& e);

  /// Adds one call. \return the id of its record
  std::int64_t add(operator_event const& e, std::int64_t scope, phase in_phase, operator_status status);
  /// Multiplies the work of each record by its calls; those that do not fit 64 bits become unsupported.
  void finish();

 private:
  traced_work make(operator_event const& e) const;

  trace_events const& events_;
  std::vector<operator_call_record>& records_;
  std::size_t first_;  ///< of this trace: there can be others before
  std::unordered_map<std::uint64_t, traced_work> work_;
  std::map<std::tuple<std::int64_t, std::uint32_t, std::uint32_t, phase, operator_status>, std::size_t>
      places_;
};

}  // namespace flopwatch::importing
