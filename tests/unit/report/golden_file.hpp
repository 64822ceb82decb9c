// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace flopwatch::test {

/// Compares `text` with tests/golden/synthetic-NAME. FLOPWATCH_UPDATE_GOLDEN=1 writes the file instead: look
/// at the difference before committing it.
inline void check_golden(std::string const& name, std::string const& text) {
  std::filesystem::path const folder = FLOPWATCH_SOURCE_DIR "/tests/golden";
  auto const path = folder / ("synthetic-" + name);
  char const* update = std::getenv("FLOPWATCH_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::filesystem::create_directories(folder);
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(path)) << path << " is missing: run with FLOPWATCH_UPDATE_GOLDEN=1";
  std::ifstream file(path, std::ios::binary);
  std::ostringstream found;
  found << file.rdbuf();
  EXPECT_EQ(found.str(), text) << path;
}

}  // namespace flopwatch::test
