// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "gpu/probes/probe.hpp"
#include "standin/control.hpp"

namespace flopwatch::test {

using gpu_probes::json;

inline constexpr char const* table_file = FLOPWATCH_SOURCE_DIR "/tests/gpu/known_kernels.json";

struct ended {
  int code = -1;  ///< -1: by a signal
  std::string out, err;
  [[nodiscard]] json found() const { return json::parse(out, nullptr, false); }
};

/// The program with these arguments, in a child: a probe needs a process that has not used the driver.
[[nodiscard]] ended run(std::vector<std::string> const& arguments);

/// The stand-in, where known_ffma has its right count.
class gpu_probe : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override { standin_reset(); }

  [[nodiscard]] ended ask(std::string const& probe) const {
    return run({probe, "--cubins", folder_, "--table", table_file});
  }
  /// The facts of its answer. Fails if there is none.
  [[nodiscard]] json facts_of(std::string const& probe) const;

  std::filesystem::path folder_;  ///< of the cubins
};

}  // namespace flopwatch::test
