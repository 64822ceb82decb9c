// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace flopwatch::embedded {

/// src/html/page as one page (cmake/EmbedPage.cmake), with marks where a report puts its own.
extern unsigned char const report_page[];
extern std::size_t const report_page_size;

}  // namespace flopwatch::embedded
