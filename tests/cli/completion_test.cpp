// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Completes as a shell would: by the script that the program prints.

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.hpp"

namespace flopwatch::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

/// What bash offers for the last of these words.
std::vector<std::string> completed(std::vector<std::string> const& words, std::string const& folder = "/") {
  std::string list;
  for (auto const& word : words) list += " '" + word + "'";
  auto const r =
      shell("cd '" + folder +
            "' && bash -c 'source <(\"$FLOPWATCH\" completion bash); COMP_WORDS=(flopwatch \"$@\");"
            " COMP_CWORD=$#; _flopwatch_words; printf \"%s\\n\" \"${COMPREPLY[@]}\"' bash" +
            list);
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_EQ(r.err, "");
  std::vector<std::string> out;
  std::istringstream lines(r.out);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

TEST(completion, offers_commands) {
  EXPECT_THAT(completed({""}),
              IsSupersetOf({"report", "demo", "metrics", "doctor", "recheck", "completion"}));
  EXPECT_THAT(completed({"rep"}), ElementsAre("report"));
  EXPECT_THAT(completed({"--v"}), ElementsAre("--version"));
}

TEST(completion, offers_the_options_of_a_command) {
  EXPECT_THAT(completed({"report", "--ma"}), ElementsAre("--markdown"));
  EXPECT_THAT(completed({"doctor", "--"}), UnorderedElementsAre("--json", "--help"));
  EXPECT_THAT(completed({"doctor", "--"}), Not(Contains("--depth")));
}

TEST(completion, offers_the_values_of_an_option) {
  EXPECT_THAT(completed({"report", "--units", ""}), UnorderedElementsAre("both", "macs", "flops"));
  EXPECT_THAT(completed({"report", "--flat", "k"}), ElementsAre("kernel"));
  EXPECT_THAT(completed({"report", "--depth", ""}), IsEmpty());
  EXPECT_THAT(completed({"completion", ""}), UnorderedElementsAre("bash", "zsh"));
}

TEST(completion, offers_captures_and_folders) {
  scratch_folder const scratch;
  auto const folder = scratch / "";
  for (auto const* name : {"a b.flops", "c.flops", "notes.txt"}) std::ofstream(scratch / name) << "x";
  std::filesystem::create_directory(scratch / "runs");
  EXPECT_THAT(completed({"report", ""}, folder), UnorderedElementsAre("a b.flops", "c.flops", "runs"));
  EXPECT_THAT(completed({"report", "--depth", "3", "a"}, folder), ElementsAre("a b.flops"));
  EXPECT_THAT(completed({"doctor", ""}, folder), IsEmpty());
}

TEST(completion, is_a_script_that_zsh_reads) {
  auto const script = run("completion zsh");
  EXPECT_EQ(script.exit_code, 0);
  EXPECT_THAT(script.out, testing::HasSubstr("'--units:value:(both macs flops)'"));
  if (shell("command -v zsh").exit_code != 0) GTEST_SKIP() << "no zsh on this machine";
  auto const checked = shell("\"$FLOPWATCH\" completion zsh | zsh -n");
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
}

TEST(completion, refuses_other_shells) { EXPECT_EQ(run("completion fish").exit_code, 2); }

}  // namespace
}  // namespace flopwatch::test
