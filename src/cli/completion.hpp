// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace flopwatch::cli {

/// A script that completes commands, options, their values and files in bash, made from what `app` accepts.
[[nodiscard]] std::string bash_completion(CLI::App const& app);
/// The same for zsh.
[[nodiscard]] std::string zsh_completion(CLI::App const& app);

}  // namespace flopwatch::cli
