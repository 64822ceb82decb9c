// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "flopwatch/report.hpp"

/// \file
/// The report as one HTML page that needs no other file and sends no request. Pure.

namespace flopwatch {

struct html_options {
  std::string name = {};              ///< what the page calls the capture: the name of its file
  analysis const* against = nullptr;  ///< a second capture, shown side by side; must outlive the call
  std::string against_name = {};
};

/// The whole analysis as a page (docs/html.md). Its figures are those of `json_report`; names are escaped,
/// and a content security policy allows the page's own script and style alone. Ends with a newline.
[[nodiscard]] std::string html_report(analysis const& a, html_options const& options = {});

}  // namespace flopwatch
