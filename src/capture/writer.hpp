// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "capture/process_records.hpp"
#include "capture/unfinished.hpp"
#include "flopwatch/capture.hpp"

namespace flopwatch {

/// Writes one capture; one writer for one file. Not thread-safe, but threads may use it in turn. In a child
/// after fork() every member throws, and the destructor leaves the file alone.
///
/// The capture is written next to its path, into "run.flops.part", and moved there when it is whole: what is
/// at the path stays as it is until then. Rows are committed in batches of 20,000, so that a crash loses at
/// most the last batch; `close()` writes the mark of a clean end and leaves a single file without a `-wal`.
/// The destructor of a writer that was not closed keeps what was added, as far as it can, in the part file,
/// without the mark, and never throws.
///
/// Every member throws capture_error when the writer was closed or moved from, when a record is refused
/// (an id below 1 or given twice, an invalid enumerator, a negative number of calls or entries), when
/// another program locks the file (try again), and when writing fails (a full disk: the capture never gets
/// the mark). A refused or locked out record leaves the capture as it was. Records may refer to others that
/// are added later, or never: `attribute` checks that.
class capture_writer {
 public:
  /// Creates the part file. A capture at `path` is replaced in the end, or refused where `overwrite` is
  /// false. \throws capture_error naming the path and the reason: no such folder, no space, not writable; a
  /// file that is no capture; another process that writes to the same path
  explicit capture_writer(std::filesystem::path const& path, bool overwrite = true);
  /// Keeps the capture in memory, for `read_back`.
  [[nodiscard]] static capture_writer in_memory();
  capture_writer(capture_writer&&) noexcept;
  capture_writer& operator=(capture_writer&&) noexcept;
  ~capture_writer();

  void set_info(std::string_view key, std::string_view value);  ///< the last value of a key stays
  void add(module_record const& r);
  void add(module_path_record const& r);
  void add(scope_record const& r);
  void add(operator_call_record const& r);
  void add(formula_call_record const& r);
  void add(kernel_record const& r);
  void add(graph_kernel_record const& r);
  void add(data_loss_record const& r);
  /// Declares a plan and creates its table with one column for each metric.
  /// `metrics` all have `plan == plan`, ids that no other plan uses, and different names; at most 1,984.
  /// \throws capture_error otherwise, for a plan below 1 and for a plan declared twice
  /// \param reused its counters are of keys and their checks, too
  void add_plan(std::int64_t plan, std::vector<metric_record> const& metrics, bool reused = false);
  /// `r.counters` has one entry for each metric of its plan, none for plan 0. The plan is declared before.
  void add(launch_record const& r);
  /// As for a launch; its plan is never 0.
  void add(scope_range_record const& r);
  /// Keys and checks as launches, of a plan that was declared with `reused`.
  void add(reuse_key_record const& r);
  void add(reuse_count_record const& r);
  void add(reuse_check_record const& r);
  void add(reuse_audit_record const& r);
  /// One for each metric group of a plan that has raw chunks.
  void add(counter_group_record const& r);
  /// `image` is the decoded counter data image, of `r.image_bytes` bytes; empty unless `r.kept`. It is
  /// stored compressed.
  void add(raw_chunk_record const& r, std::span<std::uint8_t const> image = {});
  /// The same with an image as another capture stores it.
  void add_packed(raw_chunk_record const& r, std::string_view encoding, std::span<std::uint8_t const> packed);

  /// Of a merged capture.
  void add(process_record const& r);
  void add(capture_detail::process_rows_record const& r);
  void add(capture_detail::process_scope_record const& r);
  void add(capture_detail::process_info_record const& r);
  void add(capture_detail::process_loss_record const& r);

  /// The recording goes on, and these rows of it changed; written and committed at once.
  void put_unfinished(unfinished_rows const& rows);
  /// The whole recording comes now, in the place of all unfinished rows. Until `end_whole`, or until `close`
  /// where launches are among them, nothing is committed, so that a crash meanwhile leaves the unfinished
  /// ones.
  void begin_whole();
  void end_whole();

  /// The file as it is now: the part file, and after `close` the capture. Empty for one in memory.
  [[nodiscard]] std::filesystem::path const& path() const;

  /// Afterwards only `read_back` may be called; a second `close` does nothing.
  /// \throws capture_error; what was written stays in the part file
  void close();
  /// The same for a recording that did not come to its end: where there is a capture at the path it stays,
  /// and this one is "run.flops.unfinished" next to it.
  void close_beside();
  /// Takes the part file away; afterwards nothing may be called. Never throws.
  void discard() noexcept;

  struct state;  ///< private: the database connection and its prepared statements

 private:
  friend capture_reader read_back(capture_writer&& writer);
  explicit capture_writer(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

/// Takes over the capture of a closed writer. \throws capture_error when it was not closed
[[nodiscard]] capture_reader read_back(capture_writer&& writer);

}  // namespace flopwatch
