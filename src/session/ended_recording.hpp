// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "capture/writer.hpp"
#include "flopwatch/session.hpp"
#include "recording/recorder.hpp"
#include "recording/recording.hpp"

namespace flopwatch::detail {

/// What a recording leaves for its capture. Belongs to one thread.
struct ended_recording {
  std::unique_ptr<recording> record;
  std::unique_ptr<recorder> measurer;  ///< among `recorders`; null without counters
  std::vector<recorder*> recorders;
  std::map<std::string, std::string> info;        ///< of the capture; the recorders add to it
  std::map<std::string, std::string> final_info;  ///< replaces what the recorders say
  std::vector<data_loss_record> losses;

  /// Closes the writer. \param early the recording was interrupted: its capture replaces none at that path
  /// \throws capture_error when the file cannot be written; `to_memory` still can
  [[nodiscard]] result to_file(capture_writer& writer, bool early);
  [[nodiscard]] result to_memory();

 private:
  void write(capture_writer& writer);
};

}  // namespace flopwatch::detail
