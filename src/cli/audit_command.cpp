// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "flopwatch/audit.hpp"
#include "text/printable.hpp"

namespace flopwatch::cli {
namespace {

struct audit_arguments {
  std::string file;
  std::string model_file;
  std::vector<std::string> claims;
  audit_model model;  ///< numbers above 0 replace those of the capture
  std::optional<double> step_seconds;
  std::string peak;
  std::string format;
  double chips = 1;
  std::string colour = "auto";
  audit_text_options text;
  bool json = false;
  bool markdown = false;
  bool list = false;
};

/// "--sequence-length"
std::string option_of(audit_model_number const& number) {
  std::string out = "--" + std::string(number.name);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

std::string content_of(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  if (!file || !out)
    throw usage_error(fmt::format("'{}' cannot be read: give the file that flopwatch.audit_model wrote",
                                  text::printable(path)));
  return out.str();
}

/// A number of FLOP/s, or the name of a chip.
peak peak_of(std::string const& given) {
  double number = 0;
  auto const [end, failure] = std::from_chars(given.data(), given.data() + given.size(), number);
  bool const is_number = failure == std::errc() && end == given.data() + given.size();
  return is_number ? peak::of_all(number) : peak::of_chip(given);
}

std::string list_of_conventions() {
  std::string out;
  for (auto const& c : audit_conventions())
    out += fmt::format("{}\n    {}\n    {}\n", c.name, c.formula, c.source);
  return out;
}

audit_model model_of_capture(audit_arguments const& given, analysis const& a) {
  auto model = model_of(a);
  if (!given.model_file.empty()) read_audit_model(content_of(given.model_file), model);
  for (auto const& number : audit_model_numbers()) {
    if (given.model.*number.member > 0) model.*number.member = given.model.*number.member;
  }
  return model;
}

int audit_file(audit_arguments given) {
  if (given.list) {
    print(list_of_conventions());
    return 0;
  }
  if (given.file.empty()) throw usage_error("audit needs a capture: flopwatch audit FILE --claim 6N");
  capture_reader const reader(given.file);
  note_unfinished_beside(given.file);
  auto const a = analyse(reader.load());
  auto const model = model_of_capture(given, a);
  audit_options options;
  if (given.claims.empty()) given.claims = {"6N", "palm"};
  for (auto const& claim : given.claims) options.claims.push_back(parse_claim(claim, model.tokens));
  options.time.seconds = given.step_seconds;
  if (!given.peak.empty()) options.time.peak = peak_of(given.peak);
  options.time.format = given.format;
  options.time.chips = given.chips;
  auto const r = audit(a, model, options);
  if (given.text.width == 0) given.text.width = terminal_width();
  given.text.colour = wants_colour(given.colour);
  print(given.json       ? audit_json(r)
        : given.markdown ? audit_markdown(r, given.text)
                         : readable(audit_text(r, given.text)));
  return static_cast<int>(audit_exit_code(r));
}

}  // namespace

void add_audit_command(CLI::App& app, action& chosen) {
  auto const given = std::make_shared<audit_arguments>();
  auto* command = app.add_subcommand("audit");
  command->add_option("FILE", given->file);
  command->add_option("--claim", given->claims)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--list", given->list);
  command->add_option("--model", given->model_file);
  for (auto const& number : audit_model_numbers()) {
    command->add_option(option_of(number), given->model.*number.member)->check(CLI::PositiveNumber);
  }
  command->add_option("--step-seconds", given->step_seconds);
  command->add_option("--peak", given->peak);
  command->add_option("--format", given->format);
  command->add_option("--chips", given->chips);
  command->add_flag("--all", given->text.all);
  command->add_option("--width", given->text.width)->check(CLI::Range(60, 100000));
  command->add_option("--color", given->colour)->check(CLI::IsMember({"auto", "always", "never"}));
  auto* json = command->add_flag("--json", given->json);
  command->add_flag("--markdown", given->markdown)->excludes(json);
  command->callback([given, &chosen] { chosen = [given] { return audit_file(*given); }; });
}

}  // namespace flopwatch::cli
