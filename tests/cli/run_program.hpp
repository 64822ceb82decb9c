// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flopwatch::test {

struct outcome {
  int exit_code = -1;  ///< 128+signal when a signal ended it
  std::string out;     ///< standard output; on a terminal standard error too
  std::string err;
};

/// Runs the program with these arguments, its output caught through files.
[[nodiscard]] outcome run(std::string const& arguments, std::string const& environment = "");

/// Runs it on a terminal of that many columns.
[[nodiscard]] outcome run_on_terminal(std::vector<std::string> const& arguments, unsigned short columns,
                                      std::vector<std::string> const& environment = {});

/// A shell line; "$FLOPWATCH" is the program.
[[nodiscard]] outcome shell(std::string const& line);

/// A folder that is removed at the end.
class scratch_folder {
 public:
  scratch_folder();
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;
  ~scratch_folder();
  [[nodiscard]] std::string operator/(std::string const& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace flopwatch::test
