// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "audit/ran.hpp"

/// \file
/// A claim in parts: what it says of each module.

namespace flopwatch::audits {

/// What a formula says of one unit. All are FLOPs of the whole capture.
struct unit_claim {
  audit_flops elements = 0;  ///< of multiplied parameters that it counts (not FLOPs)
  audit_flops weights = 0;   ///< for them, in all passes
  audit_flops attention = 0;
  audit_flops lookup = 0;         ///< for rows of an embedding
  audit_flops shared_lookup = 0;  ///< likewise, of one that is counted at its product too
  audit_flops vector = 0;         ///< for parameters without a product
  audit_flops idle = 0;           ///< for weights of called modules with which no product ran
  audit_flops not_run = 0;        ///< for parameters of modules that were not called
  audit_flops softmax = 0;

  [[nodiscard]] audit_flops total() const;
};

/// FLOPs for each multiplied element and token in each pass: 2 forward, 4 backward, 2 for a forward done
/// again.
struct pass_factors {
  int forward = 2, backward = 4, recompute = 0;
  [[nodiscard]] int all() const { return forward + backward + recompute; }
};

struct claim_parts {
  pass_factors passes;
  bool active_experts = false;
  bool half_attention = false;
  bool by_layer = false;  ///< it counts layers of its own shape, not the model's parameters
  std::vector<std::size_t> unit_of_row;
  std::vector<unit_claim> units;  ///< parallel to rows; only those in `unit_of_row` have parts

  [[nodiscard]] audit_flops total() const;
};

/// \throws usage_error for an unknown name, and where the model lacks what the convention needs
[[nodiscard]] claim_parts convention_claim(std::string_view name, analysis const& a, audit_model const& model,
                                           ran_table const& ran);

/// Sorted by size; they add up to the claim's total minus what ran.
[[nodiscard]] std::vector<audit_cause> explain(claim_parts const& claim, analysis const& a,
                                               audit_model const& model, ran_table const& ran);

/// What a stated number is, as far as anything explains it.
struct reading {
  std::string words;  ///< "6N, in MACs"; "" for none
  std::vector<audit_cause> causes;
};
[[nodiscard]] reading read_stated(claim_request const& request, analysis const& a, audit_model const& model,
                                  ran_table const& ran);
/// \throws usage_error for a path that no module has
[[nodiscard]] reading read_by_module(claim_request const& request, analysis const& a,
                                     audit_model const& model, ran_table const& ran);

/// Adds up causes of one kind and row, drops those of 0, and sorts them.
void tidy(std::vector<audit_cause>& causes);

}  // namespace flopwatch::audits
