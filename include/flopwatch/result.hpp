// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/capture.hpp"
#include "flopwatch/report.hpp"

namespace flopwatch {

/// What one module, or the whole program, did. Exact integers that include everything below the module.
/// nullopt: the column is absent, which is never 0.
struct module_counts {
  std::string path = {};  ///< "attn.qkv"; "" for the root
  std::string type = {};  ///< "Linear"
  std::int64_t calls = 0;
  /// false: no framework was observed; then the operator figures are 0 and mean nothing.
  bool operator_collected = true;
  std::int64_t operator_macs = 0;                 ///< multiply-add class
  std::int64_t operator_other_flops = 0;          ///< other arithmetic
  std::optional<std::int64_t> formula_macs = {};  ///< what the formula's walk adds up here
  /// Launches of multiply-add operators.
  std::optional<std::int64_t> measured_flops = {};
  std::optional<std::int64_t> measured_total_flops = {};  ///< all launches

  /// Multiply-add class in FLOPs, 2 for each MAC. \throws overflow_error
  [[nodiscard]] std::int64_t operator_flops() const { return checked_mul(operator_macs, 2); }
  /// `measured_flops` in MACs, rounded down.
  [[nodiscard]] std::optional<std::int64_t> measured_macs() const {
    return measured_flops ? std::optional(*measured_flops / 2) : std::nullopt;
  }
  friend bool operator==(module_counts const&, module_counts const&) = default;
};

/// What a session recorded: a closed capture and what follows from it. Cheap to copy.
class result {
 public:
  explicit result(std::shared_ptr<capture_reader const> capture);
  /// Reads a capture (`.flops`). \throws capture_error
  [[nodiscard]] static result open(std::filesystem::path const& path);

  /// Everything that ran: `result.total().operator_macs`.
  [[nodiscard]] module_counts total() const;
  /// One module, by its path: `result.module("attn.qkv")`; "" is the root.
  /// \throws usage_error when there is no such module; the message names those that there are
  [[nodiscard]] module_counts module(std::string_view path) const;
  /// All modules in depth-first order; the first is the root. What ran outside all modules is in the root
  /// alone.
  [[nodiscard]] std::vector<module_counts> modules() const;
  /// False where something that ran was not looked into: with a data loss of severity error, or an operator
  /// that no rule counted in full. The first line of the report's totals says what.
  [[nodiscard]] bool exact() const noexcept;

  /// The table and the explanations, as `text_report` writes them.
  [[nodiscard]] std::string report(text_options const& options = {}) const;
  [[nodiscard]] std::string json() const;
  /// How the program should end, as the exit codes of `flopwatch` have it: see `outcome_of`.
  [[nodiscard]] exit_code outcome() const noexcept { return outcome_of(*analysis_); }
  [[nodiscard]] flopwatch::analysis const& analysis() const noexcept { return *analysis_; }
  /// Writes the capture. A capture at `path` is replaced, or for `overwrite` false refused.
  /// \throws capture_error, also for a file there that is no capture
  void save(std::filesystem::path const& path, bool overwrite = true) const {
    capture_->save(path, overwrite);
  }

 private:
  std::shared_ptr<capture_reader const> capture_;
  std::shared_ptr<flopwatch::analysis const> analysis_;
};

}  // namespace flopwatch
