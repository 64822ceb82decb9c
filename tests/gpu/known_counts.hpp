// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flopwatch/session.hpp"

/// \file
/// Runs the kernels of known count on a GPU and compares their counters with the hand-computed counts.

namespace known_counts {

/// A kernel of known_kernels.json.
struct kernel {
  std::string name;
  std::string source;
  std::string metric;  ///< the counter's name; of the tensor cores, of their number format
  std::int64_t per_trip = 0;
  std::int64_t flops_each = 0;
  std::int64_t threads_together = 1;  ///< that do one instruction
  int from_architecture = 0;
  std::string only_architecture = {};

  /// Made for "90a", say.
  [[nodiscard]] bool is_for(std::string const& architecture) const;
  [[nodiscard]] bool on_tensor_cores() const { return metric.find("_tensor_") != std::string::npos; }
};

struct table {
  unsigned blocks = 0, threads = 0;
  int trips = 0;
  std::vector<std::string> architectures;
  std::vector<kernel> kernels;

  /// \throws std::runtime_error naming what is wrong with the file
  [[nodiscard]] static table read(std::filesystem::path const& file);
  /// Instructions of one launch, counted once for each thread that does one.
  [[nodiscard]] std::int64_t instructions(kernel const& k) const;
  [[nodiscard]] std::int64_t flops(kernel const& k) const { return instructions(k) * k.flops_each; }
};

/// What the one launch of a kernel counted.
struct outcome {
  std::string kernel;
  std::int64_t expected = 0;                 ///< instructions, or operations of the tensor cores
  std::optional<std::int64_t> counted;       ///< nullopt: not collected
  std::map<std::string, std::int64_t> also;  ///< other metrics of arithmetic that were not 0
  bool on_tensor_cores = false;
  std::map<std::string, std::int64_t> counters = {};  ///< every metric that was collected, with rollup

  [[nodiscard]] bool exact() const { return counted == expected; }
};

/// The architecture of the table that fits a GPU: "90a" for 9.0; the largest that is not above it else, of
/// the same generation. "" when there is none.
[[nodiscard]] std::string architecture_for(int major, int minor, std::vector<std::string> const& known);

/// What a capture that holds one launch of `k` says of it.
[[nodiscard]] outcome outcome_of(table const& t, kernel const& k, flopwatch::capture_data const& capture);

class loaded;

/// Every kernel that fits the GPU, from the cubins `<folder>/<source without ending>_<architecture>.cubin`,
/// in the primary context of the device.
class program {
 public:
  /// \throws std::runtime_error naming what the driver or the folder lacks
  program(table const& t, std::filesystem::path const& folder, int device);
  ~program();
  program(program&&) noexcept;
  program& operator=(program&&) = delete;

  [[nodiscard]] std::vector<kernel> const& kernels() const noexcept { return kernels_; }
  /// Launches kernel `i` on a stream of the driver's (null: the default one), without waiting for it.
  void launch(std::size_t i, void* stream = nullptr) const;
  /// One launch of each, in the order of the table, and the end of all.
  void launch_all() const;
  /// \throws std::runtime_error for what went wrong on the device
  void wait() const;

 private:
  table table_;
  std::vector<kernel> kernels_;
  std::vector<std::shared_ptr<loaded>> sources_;  ///< of each kernel
};

/// Counts each kernel once, all in one session, with `full` by iteration; `keep` is given its result.
/// \throws flopwatch::error, std::runtime_error
[[nodiscard]] std::vector<outcome> run(table const& t, std::filesystem::path const& folder, int device,
                                       std::function<void(flopwatch::result const&)> const& keep);

}  // namespace known_counts
