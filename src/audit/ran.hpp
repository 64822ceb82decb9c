// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "audit/wide.hpp"
#include "flopwatch/audit.hpp"

/// \file
/// What ran in each module, in FLOPs of products, by what they multiply.

namespace flopwatch::audits {

struct phase_flops {
  audit_flops forward = 0, backward = 0, recompute = 0, optimizer = 0;

  [[nodiscard]] audit_flops total() const { return add(add(forward, backward), add(recompute, optimizer)); }
  [[nodiscard]] audit_flops& of(phase p);
  phase_flops& operator+=(phase_flops const& o);
};

/// A row with the operator calls of its own scopes, or several rows that a formula counts as one.
struct unit_work {
  phase_flops weights;     ///< products with its parameters
  phase_flops attention;   ///< queries with keys, weights with values
  phase_flops free;        ///< products without parameters that are no attention
  audit_flops masked = 0;  ///< part of the forward and backward ones whose results a mask leaves unused
  bool called = false;
  std::int64_t calls = 0;  ///< of the row whose parameters were multiplied
  /// Operators ran there, or below, that no rule counts as a whole, or work that could not be seen.
  bool uncounted = false;
  std::vector<std::size_t> attention_calls;  ///< of phase forward: indices into capture_data::operator_calls
  std::int64_t product_elements = 0;         ///< of parameters that were multiplied
  bool frozen = false;                       ///< all of these are not trained
  bool expert = false;
  bool head = false;    ///< its product is with the vocabulary, or with the table of an embedding
  bool shared = false;  ///< its parameters are those of another module

  [[nodiscard]] audit_flops total() const;
};

/// Where a parameter of the model is counted, and whether a product with it ran there.
struct placed_parameter {
  audit_parameter const* parameter = nullptr;
  std::size_t row = 0;      ///< that its products are in
  bool multiplied = false;  ///< role product, and a product with it ran, or nothing shows that none did
  bool of_lookup = false;   ///< a place of it is an embedding
  bool counted = false;     ///< the one place where a formula that counts each parameter once counts it
};

/// A layer of the stack: the rows that a formula of attention and feed-forward weights means.
struct layer_rows {
  std::size_t layer = 0;
  std::size_t attention = 0;  ///< `layer` where it has none
};

struct ran_table {
  std::vector<unit_work> units;  ///< parallel to attribution::rows: each row alone
  std::vector<placed_parameter> parameters;
  std::vector<layer_rows> layers;
  std::int64_t root_calls = 0;  ///< 0: the root is no module that was called
  bool has_backward = false;
};

[[nodiscard]] ran_table what_ran(analysis const& a, audit_model const& model);

/// As if the rows with one value in `unit_of_row` were one row.
[[nodiscard]] std::vector<unit_work> joined(ran_table const& ran,
                                            std::vector<std::size_t> const& unit_of_row);

/// The outermost modules "layers.0", "layers.1"... of the largest stack, or of all stacks that have `wanted`
/// together; where none has as many, those of the first stack inside of another one that has.
[[nodiscard]] std::vector<layer_rows> find_layers(analysis const& a, std::vector<unit_work> const& units,
                                                  std::int64_t wanted);

}  // namespace flopwatch::audits
