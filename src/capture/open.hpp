// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capture/read_limits.hpp"
#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {

/// A folder of its own under the folder for temporary files, removed with everything in it.
class scratch_folder {
 public:
  scratch_folder() = default;
  explicit scratch_folder(std::filesystem::path path) : path_(std::move(path)) {}
  scratch_folder(scratch_folder&& o) noexcept : path_(std::exchange(o.path_, {})) {}
  scratch_folder& operator=(scratch_folder&& o) noexcept {
    std::swap(path_, o.path_);
    return *this;
  }
  ~scratch_folder();
  [[nodiscard]] static scratch_folder create();
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

struct opened_capture {
  scratch_folder scratch;      ///< the copy of a capture that could not be read in place; otherwise empty
  std::filesystem::path file;  ///< empty for bytes in memory
  std::int64_t bytes = 0;      ///< that it can hold
  std::unique_ptr<step_limit> limit;  ///< of `db`, restarted for each reading; null for this process's own
  connection db;
};

/// Where a session writes the capture `path` until it is closed, if that file is there; otherwise empty.
[[nodiscard]] std::filesystem::path unfinished_beside(std::filesystem::path const& path);

/// Opens a capture to read it, whatever its writer left next to it, and checks that it is one of a
/// version that is read. `label` names it in messages. \throws capture_error
[[nodiscard]] opened_capture open_file(std::filesystem::path const& path, std::string const& label);
[[nodiscard]] opened_capture open_bytes(std::vector<unsigned char> const& bytes, std::string const& label);

}  // namespace flopwatch::capture_detail
