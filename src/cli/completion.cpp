// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace flopwatch::cli {
namespace {

struct completed_option {
  std::vector<std::string> names;  ///< "--json"
  bool takes_value = false;
  std::vector<std::string> values;  ///< all that it accepts; empty: anything
};

struct completed_command {
  std::string name;
  std::vector<completed_option> options;
  bool captures = false;           ///< it takes a capture
  bool files = false;              ///< it takes another word
  std::vector<std::string> words;  ///< all that this word can be; empty: a file
};

/// CLI11 describes a set of values as "TEXT:{a,b}".
std::vector<std::string> values_in(std::string const& type) {
  auto const open = type.find('{');
  auto const close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

completed_command read_command(CLI::App const& app) {
  completed_command out;
  out.name = app.get_name();
  for (auto const* option : app.get_options()) {
    if (option->get_positional()) {
      (option->get_single_name() == "FILE" ? out.captures : out.files) = true;
      out.words = values_in(option->get_type_name());
      continue;
    }
    completed_option found;
    for (auto const& name : option->get_lnames()) found.names.push_back("--" + name);
    for (auto const& name : option->get_snames()) found.names.push_back("-" + name);
    found.takes_value = option->get_items_expected_max() > 0;
    if (found.takes_value) found.values = values_in(option->get_type_name());
    out.options.push_back(std::move(found));
  }
  return out;
}

std::vector<completed_command> read_commands(CLI::App const& app) {
  std::vector<completed_command> out;
  for (auto const* command : app.get_subcommands([](CLI::App const*) { return true; })) {
    out.push_back(read_command(*command));
  }
  return out;
}

std::vector<std::string> option_names(completed_command const& c) {
  std::vector<std::string> out;
  for (auto const& option : c.options) out.insert(out.end(), option.names.begin(), option.names.end());
  return out;
}

std::string command_names(std::vector<completed_command> const& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (auto const& c : commands) names.push_back(c.name);
  return fmt::format("{}", fmt::join(names, " "));
}

/// The values of options, as cases of "command option".
std::string bash_values(std::vector<completed_command> const& commands) {
  std::string out;
  for (auto const& c : commands) {
    for (auto const& option : c.options) {
      if (!option.takes_value) continue;
      std::vector<std::string> patterns;
      for (auto const& name : option.names) patterns.push_back(fmt::format("'{} {}'", c.name, name));
      out += fmt::format("    {}) words='{}'; files=none ;;\n", fmt::join(patterns, "|"),
                         fmt::join(option.values, " "));
    }
  }
  return out;
}

}  // namespace

std::string bash_completion(CLI::App const& app) {
  auto const commands = read_commands(app);
  std::string cases;
  for (auto const& c : commands) {
    cases += fmt::format("        {}) words='{}'; others='{}'; files={} ;;\n", c.name,
                         fmt::join(option_names(c), " "), fmt::join(c.words, " "),
                         c.captures                   ? "captures"
                         : c.files && c.words.empty() ? "all"
                                                      : "none");
  }
  return fmt::format(R"(# bash completion of flopwatch; to use it: source <(flopwatch completion bash)
_flopwatch_words() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  local command='' words='' others='' files=none i line
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${{COMP_WORDS[i]}} != -* ]]; then command=${{COMP_WORDS[i]}}; break; fi
  done
  case "$command $previous" in
{values}    *)
      case "$command" in
        '') words='{own}'; others='{commands}' ;;
{cases}      esac
      if [[ $current != -* ]]; then words=$others; fi ;;
  esac
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$words" -- "$current")
  [[ $current == -* || $files == none ]] && return
  compopt -o filenames 2> /dev/null
  local pattern='!*.flops'
  [[ $files == all ]] && pattern=''
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -X "$pattern" -- "$current"; compgen -d -- "$current")
}}
complete -F _flopwatch_words flopwatch
)",
                     fmt::arg("values", bash_values(commands)),
                     fmt::arg("own", fmt::format("{}", fmt::join(option_names(read_command(app)), " "))),
                     fmt::arg("commands", command_names(commands)), fmt::arg("cases", cases));
}

std::string zsh_completion(CLI::App const& app) {
  auto const commands = read_commands(app);
  std::string cases;
  for (auto const& c : commands) {
    cases += fmt::format("    {})\n      _arguments", c.name);
    for (auto const& option : c.options) {
      for (auto const& name : option.names) {
        cases += fmt::format(" \\\n        '{}", name);
        if (option.takes_value) cases += fmt::format(":value:({})", fmt::join(option.values, " "));
        cases += '\'';
      }
    }
    if (c.captures) cases += " \\\n        '*:capture:_files -g \"*.flops\"'";
    if (!c.captures && c.files && c.words.empty()) cases += " \\\n        '*:file:_files'";
    if (!c.captures && !c.words.empty())
      cases += fmt::format(" \\\n        ':word:({})'", fmt::join(c.words, " "));
    cases += " ;;\n";
  }
  return fmt::format(R"(#compdef flopwatch
# zsh completion of flopwatch; to use it: source <(flopwatch completion zsh)
_flopwatch_words() {{
  if (( CURRENT == 2 )); then
    compadd -- {commands} {own}
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{cases}  esac
}}
compdef _flopwatch_words flopwatch
)",
                     fmt::arg("commands", command_names(commands)),
                     fmt::arg("own", fmt::format("{}", fmt::join(option_names(read_command(app)), " "))),
                     fmt::arg("cases", cases));
}

}  // namespace flopwatch::cli
