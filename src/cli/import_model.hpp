// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "capture/open.hpp"

namespace flopwatch::cli {

/// A capture of a model without a GPU, which the Python package records in a process of its own. The file
/// goes with it.
class recorded_model {
 public:
  /// \param model "module:factory". \throws usage_error if there is no Python with the package, or the
  /// factory fails
  explicit recorded_model(std::string const& model);
  [[nodiscard]] std::filesystem::path capture() const { return folder_.path() / "model.flops"; }

 private:
  capture_detail::scratch_folder folder_;
};

}  // namespace flopwatch::cli
