// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/error.hpp"
#include "flopwatch/peaks.hpp"
#include "flopwatch/report.hpp"
#include "flopwatch/wide.hpp"

/// \file
/// Audit: numbers that somebody states for a run (6N, a paper's, a framework's own formula) next to what its
/// operators ran, and why they differ. Pure: it depends on the capture and on what is given here.
///
/// Everything is in FLOPs of the multiply-add class (2 for each MAC), of the whole capture. What ran is the
/// operator column of all phases. A claim is divided over modules; the difference of each module is explained
/// by causes with signed amounts, which add up to the claim minus what ran, exactly. What no cause explains
/// is the cause `unexplained` of that module.

namespace flopwatch {

/// Claims of large runs do not fit 64 bits. Arithmetic on it throws `overflow_error` where it would wrap.
using audit_flops = wide_integer;

/// What a parameter does in a forward pass.
enum class parameter_role : std::uint8_t {
  product,  ///< it is multiplied: weights of linear layers, convolutions, experts
  lookup,   ///< rows of it are picked: an embedding
  vector,   ///< no product: biases, norms
};

/// A parameter at the module that owns it. One that several modules share is listed at each.
struct audit_parameter {
  std::string module;  ///< path, "" for the root
  std::string name;    ///< "weight"
  std::int64_t elements = 0;
  parameter_role role = parameter_role::product;
  bool trainable = true;
  bool expert = false;        ///< of an expert, or of all experts of a layer
  std::string shared_with{};  ///< "path.name" of its first place; "" for the first place
  friend bool operator==(audit_parameter const&, audit_parameter const&) = default;
};

/// What conventions are functions of. 0: not known; a convention that needs it refuses.
struct audit_model {
  std::int64_t tokens = 0;  ///< positions of all sequences that ran
  std::int64_t sequence_length = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t key_heads = 0;
  std::int64_t head_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t feed_forward_size = 0;
  std::int64_t vocabulary = 0;
  std::int64_t experts = 0;         ///< of a layer; 0: it has none
  std::int64_t active_experts = 0;  ///< for each token
  /// From the model itself: which parameters are trained and shared is known. false: derived from a capture.
  bool parameters_known = false;
  std::vector<audit_parameter> parameters;
};

/// A number of `audit_model` by the name that its JSON has: "sequence_length".
struct audit_model_number {
  std::string_view name;
  std::int64_t audit_model::*member;
};
[[nodiscard]] std::span<audit_model_number const> audit_model_numbers() noexcept;

/// As far as a capture shows it: parameters of each module, tokens and heads by the shapes of operator calls.
[[nodiscard]] audit_model model_of(analysis const& a);

/// Reads the form that docs/audit.md describes, over what `model` has already. \throws usage_error
void read_audit_model(std::string_view json, audit_model& model);

/// A convention: a function of `audit_model` that somebody published.
struct audit_convention {
  std::string_view name;     ///< "palm"
  std::string_view formula;  ///< for people: "(6 N + 12 L H Q S) tokens"
  std::string_view source;   ///< paper and section, or the function of a project
};
[[nodiscard]] std::span<audit_convention const> audit_conventions() noexcept;

/// Why a claim differs from what ran. Amounts are signed: above 0 the claim has more. The closed list.
enum class audit_cause_kind : std::uint8_t {
  attention_left_out,          ///< products of queries, keys and values
  attention_not_run,           ///< the formula counts attention in a layer that has none
  causal_counted_half,         ///< it counts half of the products that ran with a causal mask
  masked_left_out,             ///< products whose results a mask leaves unused
  attention_length,            ///< keys for each query: another number than the formula's
  attention_width,             ///< heads times head size: another number than the formula's
  scores_computed_again,       ///< fused attention computes the scores once more in the backward pass
  embedding_counted,           ///< rows of a table are picked, not multiplied
  head_left_out,               ///< the product with the vocabulary
  parameters_without_product,  ///< biases, norms
  weights_left_out,            ///< products with parameters that the formula does not count
  shared_counted_twice,        ///< one parameter of two modules
  shared_layer_counted_once,   ///< one module that runs several times
  experts_at_full_width,       ///< every expert with every token
  expert_routing,              ///< experts got another number of tokens than the formula's
  tokens_differ,               ///< a module saw another number of tokens
  module_not_run,
  not_counted,            ///< operators ran there that no rule counts, or that could not be seen
  frozen_layer,           ///< no gradient of weights that are not trained
  gradient_not_computed,  ///< one of the two products of a backward pass did not run
  backward,               ///< one has a backward pass, the other has none
  recompute,              ///< forward work done again in the backward pass: not the same in both
  products_left_out,      ///< products without parameters that are no attention: a scan, an einsum
  grouped_queries,        ///< keys and values with fewer heads than the formula has
  layer_shape,            ///< the formula's layer has weights of other sizes
  other_arithmetic,       ///< the formula counts work that is no product: softmax
  macs_for_flops,         ///< the number is of MACs: half
  rounding,               ///< of the number as it was stated
  unexplained,
};
inline constexpr int audit_cause_kind_count = static_cast<int>(audit_cause_kind::unexplained) + 1;
/// Stable name for JSON: "attention_left_out".
[[nodiscard]] std::string_view to_string(audit_cause_kind k) noexcept;
/// For people: "attention left out".
[[nodiscard]] std::string_view short_text(audit_cause_kind k) noexcept;

struct audit_cause {
  audit_cause_kind kind = audit_cause_kind::unexplained;
  std::size_t row = 0;  ///< index into attribution::rows
  audit_flops flops = 0;
};

/// A number to audit.
struct claim_request {
  std::string name;      ///< of a convention, or what the user calls his number
  std::string source{};  ///< of a user's number, as he says
  /// Of the whole capture, as stated; nullopt with `by_module` empty: the convention of that name.
  std::optional<audit_flops> stated{};
  /// Half of a unit in the last digit that was stated: 4.1 G stands for 4.05 G to 4.15 G.
  audit_flops rounding = 0;
  /// Module path to amount: each is of the module with all below it that is not in the map itself.
  std::map<std::string, audit_flops> by_module{};
};

/// "6N", "palm", or NAME=NUMBER: "paper=4.1G", "paper=2.05GMACs", "paper=6.4G/token" (times `tokens`).
/// \throws usage_error
[[nodiscard]] claim_request parse_claim(std::string_view text, std::int64_t tokens);

struct audited_claim {
  std::string name;
  std::string formula;  ///< of a convention
  std::string source;
  /// Of a stated number: the reading that explains it best, "6N, in MACs"; "" where none does.
  std::string read_as;
  audit_flops flops = 0;
  audit_flops difference = 0;  ///< flops minus what ran
  /// One for each kind and row, the largest first. They add up to `difference`.
  std::vector<audit_cause> causes;
  /// Of the peak; nullopt without step time or peak.
  std::optional<double> utilization{};
};

/// From which MFU follows. The time is of a run that was not profiled.
struct utilization_request {
  std::optional<double> seconds{};  ///< of all that the capture holds
  std::optional<flopwatch::peak> peak{};
  /// That the peak is of. "": the time at the peak of each format in which products ran, added up.
  std::string format{};
  double chips = 1;
};

struct audit_options {
  std::vector<claim_request> claims;
  utilization_request time{};
};

struct audit_report {
  audit_model model;
  audit_flops ran_flops = 0;        ///< 2 for each MAC of the operator column, all phases
  audit_flops useful_flops = 0;     ///< of them, without what masks leave unused, and without recomputation
  std::int64_t tensor_masks = 0;    ///< calls_with_tensor_masks: what these leave unused is in `useful_flops`
  audit_flops recompute_flops = 0;  ///< of them: done again
  std::optional<std::int64_t> measured_flops;  ///< by the counters, of launches of products
  std::optional<audit_flops> thop_flops;       ///< 2 for each MAC of the formula column
  std::vector<audited_claim> claims;
  std::vector<std::string> row_names;  ///< of attribution::rows: path, "(root)", "(outside modules)"
  std::vector<std::string> row_types;
  std::int64_t root_calls = 0;  ///< how often the model was called; 0: it is no module that was
  bool exact = false;
  bool lost_data = false;
  std::vector<std::string> not_exact_because;  ///< sentences
  std::optional<double> ran_utilization;       ///< HFU: what ran
  std::optional<double> useful_utilization;    ///< MFU: the useful part
  std::string format;                          ///< that the peak is of; of several, the one of most FLOPs
  /// FLOPs of what ran by the format of the peak that bounds them: "tf32" for products in fp32 that PyTorch
  /// may run so; one entry where a format was given. Empty without a time.
  std::map<std::string, audit_flops> formats;
  std::optional<double> peak_flops_per_second;  ///< of all chips together, in the mixture of `formats`
  std::string peak_words;
  std::optional<double> seconds;
  /// Sentences on a utilization above 100 %, the likely cause with each, or on a peak that looks wrong.
  std::vector<std::string> impossible;
  std::vector<std::string> suspicious;
};

/// \throws usage_error for a convention that is not known or that needs what the model does not say, for a
/// capture without operators, and for a time without a peak
[[nodiscard]] audit_report audit(analysis const& a, audit_model const& model, audit_options const& options);

struct audit_text_options {
  int width = 0;  ///< as text_options
  bool colour = false;
  bool all = false;  ///< every cause of every module
};
[[nodiscard]] std::string audit_text(audit_report const& r, audit_text_options const& options = {});
[[nodiscard]] std::string audit_markdown(audit_report const& r, audit_text_options const& options = {});

/// Version of the JSON; its schema is docs/audit.schema.json.
inline constexpr int audit_schema_version = 1;
[[nodiscard]] std::string audit_json(audit_report const& r);

/// 1 for a utilization above 100 %, else 5 where the capture has a data loss of severity error, else 0.
[[nodiscard]] exit_code audit_exit_code(audit_report const& r) noexcept;

}  // namespace flopwatch
