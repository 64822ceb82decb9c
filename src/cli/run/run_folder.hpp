// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flopwatch::cli {

/// What the processes of a run left.
struct run_captures {
  std::vector<std::filesystem::path> whole;
  std::vector<std::filesystem::path> unfinished;  ///< of processes that ended before their recording did
  std::vector<std::filesystem::path> running;     ///< of processes that still run
};

/// The folder beside the output in which each process of a run writes its capture, so that what is there by
/// then is found whatever happens. It is taken away with its end, if nothing is left in it.
class run_folder {
 public:
  /// \throws usage_error when no folder can be made there
  explicit run_folder(std::filesystem::path const& output);
  ~run_folder();
  run_folder(run_folder const&) = delete;
  run_folder& operator=(run_folder const&) = delete;

  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
  /// The pattern of a process's capture.
  [[nodiscard]] std::string pattern() const;
  /// Each is one file; those without anything in them are taken away.
  [[nodiscard]] run_captures captures() const;
  /// Writes a file that goes with the folder. \returns its path
  std::filesystem::path add_file(std::string const& name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

/// Moves a capture, with what SQLite can keep beside an unfinished one. \throws usage_error
void move_capture(std::filesystem::path const& from, std::filesystem::path const& to);

}  // namespace flopwatch::cli
