// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/audit.hpp"

namespace flopwatch::audits {

/// Causes of one kind in modules whose paths differ only in numbers: the layers of a stack.
struct cause_group {
  std::string name;  ///< "layers.*.attn", or the path of the one module
  std::string type;  ///< of the first module
  audit_cause_kind kind = audit_cause_kind::unexplained;
  std::size_t modules = 0;
  audit_flops flops = 0;
};

/// The largest first; they add up to the claim's difference.
[[nodiscard]] std::vector<cause_group> grouped_causes(audit_report const& r, audited_claim const& claim);

/// "bf16", or of several "bf16 97.0%, fp32 3.0%": the formats of the peak.
[[nodiscard]] std::string format_words(audit_report const& r);
/// "chinchilla is 3.1 % above what ran (+1,234 FLOPs)."
[[nodiscard]] std::string headline(audit_report const& r, audited_claim const& claim);

/// "102.4%" of what ran; "" where nothing ran.
[[nodiscard]] std::string share_of_ran(audit_report const& r, audit_flops flops);

}  // namespace flopwatch::audits
