// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "flopwatch/capture_records.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch {

/// Reads a capture. The file is opened read-only and never changed. Threads may share a reader: their calls
/// wait for each other.
///
/// Of a capture whose writer was killed, all committed records are read, also from its `-wal`; a capture that
/// is being written is read as of the moment of each call. Every value of a closed capture is checked by the
/// checksums of its writer.
class capture_reader {
 public:
  /// \throws capture_error when the file is missing, is not a SQLite database, is not a capture, has
  ///         a `user_version` that is not read, or is damaged; the message names the file, the cause and the
  ///         remedy. Damage inside the tables is found when they are read
  explicit capture_reader(std::filesystem::path const& path);
  /// Reads a capture from the bytes of a file (a capture embedded in a program). \throws capture_error
  [[nodiscard]] static capture_reader from_bytes(std::vector<unsigned char> const& bytes);
  capture_reader(capture_reader&&) noexcept;
  capture_reader& operator=(capture_reader&&) noexcept;
  ~capture_reader();

  /// All tables. Time and memory are in proportion to the size of the file, also for a file that was made to
  /// harm. A capture without the clean-close mark has `complete == false` and one added data
  /// loss `capture_incomplete` of severity error.
  /// \throws capture_error for a damaged capture
  [[nodiscard]] capture_data load() const;

  /// The same of what one process of a merged capture recorded, as if it stood alone: with the entries, the
  /// info and the losses of that process, and no `processes`. The module tree is that of all. \param process
  /// process_record::id \throws capture_error also where there is no such process
  [[nodiscard]] capture_data load_process(std::int64_t process) const;

  /// Every launch, ordered by context, order and id. `visit` returns false to stop.
  /// \throws capture_error for a damaged capture (a changed value is found after the last launch), and
  ///         what `visit` throws
  void for_each_launch(std::function<bool(launch_record const&)> const& visit) const;

  /// Every scope range, ordered by context, order and id. Otherwise as `for_each_launch`.
  void for_each_scope_range(std::function<bool(scope_range_record const&)> const& visit) const;

  /// Every kept raw image with its chunk, in order of the chunks' ids; one image at a time is in memory, of
  /// 512 MiB at most, and `visit` may change it. `visit` returns false to stop. \throws capture_error for a
  /// damaged capture (a changed image is found before it is visited where it
  ///         is compressed, otherwise after the last one) or a compressed image of version 2, and what
  ///         `visit` throws
  void for_each_raw_image(
      std::function<bool(raw_chunk_record const&, std::vector<std::uint8_t>&)> const& visit) const;

  /// Every key of replay mode `reuse` with its counters, in order of ids. Otherwise as `for_each_launch`.
  void for_each_reuse_key(std::function<bool(reuse_key_record const&)> const& visit) const;

  /// Every check whose raw image is kept, ordered by chunk and range. Otherwise as `for_each_launch`; a check
  /// of a key, chunk or range that is not there, and two of one range, are damage, too.
  void for_each_reuse_check(std::function<bool(reuse_check_record const&)> const& visit) const;

  /// Writes a copy to `path`. A capture there is replaced once the copy is whole, or for `overwrite` false
  /// refused. \throws capture_error, also for a file there that is no capture
  void save(std::filesystem::path const& path, bool overwrite = true) const;

  struct state;
  /// For the library alone, which defines `state`.
  explicit capture_reader(std::unique_ptr<state> s);

 private:
  std::unique_ptr<state> state_;
};

}  // namespace flopwatch
