// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// `flopwatch run` with a program that knows nothing of it.
#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.hpp"
#include "flopwatch/capture.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

/// What a capture has.
struct recorded {
  capture_data data;
  std::vector<launch_record> launches;

  explicit recorded(std::string const& path) {
    capture_reader const reader(path);
    data = reader.load();
    reader.for_each_launch([&](launch_record const& l) {
      launches.push_back(l);
      return true;
    });
  }

  [[nodiscard]] std::string scope_of(launch_record const& l) const {
    for (auto const& s : data.scopes) {
      if (s.id == l.scope) return s.path;
    }
    return "";
  }
  [[nodiscard]] std::string kernel_of(launch_record const& l) const {
    for (auto const& k : data.kernels) {
      if (k.id == l.kernel) return k.name;
    }
    return "";
  }
  /// Kernel and scope of each launch, in order.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> where() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (auto const& l : launches) out.emplace_back(kernel_of(l), scope_of(l));
    return out;
  }
  /// Sum of each counter over all launches that have it, without zeros.
  [[nodiscard]] std::map<std::string, double> sums() const {
    std::map<std::string, double> out;
    for (auto const& l : launches) {
      for (std::size_t i = 0; i < l.counters.size(); ++i) {
        if (l.counters[i].value_or(0) > 0) out[data.metrics[i].name] += *l.counters[i];
      }
    }
    return out;
  }
  [[nodiscard]] std::vector<std::string> losses() const {
    std::vector<std::string> out;
    for (auto const& l : data.losses) out.push_back(l.kind);
    return out;
  }
  [[nodiscard]] std::string type_of(std::string const& path) const {
    for (auto const& s : data.scopes) {
      if (s.path == path) return s.type;
    }
    return "(no such scope)";
  }
};

std::string content(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write(std::string const& path, std::string const& text) {
  std::ofstream(path, std::ios::binary) << text;
}

constexpr char const* ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
constexpr char const* fadd = "sm__sass_thread_inst_executed_op_fadd_pred_on.sum";

class run_command : public testing::Test {
 protected:
  /// The program with these steps, recorded to `file`.
  [[nodiscard]] outcome record(std::string const& steps, std::string const& options = "",
                               std::string const& environment = "") {
    return run("run -o " + file + " " + options + " -- " FLOPWATCH_COUNTED_PROGRAM " " + steps, environment);
  }
  [[nodiscard]] static outcome alone(std::string const& steps) {
    return shell(FLOPWATCH_COUNTED_PROGRAM " " + steps);
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (auto const& entry : std::filesystem::directory_iterator(scratch / ".")) {
      out.push_back(entry.path().filename().string());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  scratch_folder scratch;
  std::string file = scratch / "it.flops";
};

TEST_F(run_command, counts_every_launch_of_a_program_that_knows_nothing_of_it) {
  auto const r = record("launch:fma:3 launch:add sync launch:fma");
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(r.out, IsEmpty());
  EXPECT_THAT(r.err, AllOf(HasSubstr("recorded in " + file), HasSubstr("flopwatch report " + file)));
  recorded const it(file);
  EXPECT_THAT(it.where(), ElementsAre(Pair("fma", ""), Pair("fma", ""), Pair("fma", ""), Pair("add", ""),
                                      Pair("fma", "")));
  EXPECT_THAT(it.sums(), UnorderedElementsAre(Pair(ffma, 28), Pair(fadd, 3)));
  EXPECT_THAT(it.losses(), IsEmpty());
  EXPECT_EQ(it.data.info.at(info_key::device), "cuda:0");
  EXPECT_EQ(it.data.info.at(info_key::operators), "not collected");
  EXPECT_THAT(files(), ElementsAre("it.flops"));
}

TEST_F(run_command, takes_the_ranges_of_the_program_as_scopes) {
  ASSERT_EQ(record("push:step launch:fma push:inner launch:add pop launch:fma pop launch:add").exit_code, 0);
  recorded const it(file);
  EXPECT_THAT(it.where(), ElementsAre(Pair("fma", "step"), Pair("add", "step.inner"), Pair("fma", "step"),
                                      Pair("add", "")));
  EXPECT_EQ(it.type_of("step"), "NVTX");
}

TEST_F(run_command, takes_ranges_of_all_domains_that_need_not_end_in_reverse_order) {
  // "lib" ends while "step", which began in it, is open: "step" goes on, and the path has what is open.
  ASSERT_EQ(record("push:lib:Library push:step launch:fma pop::Library launch:add pop launch:fma "
                   "registered:word launch:add pop::words")
                .exit_code,
            0);
  recorded const it(file);
  EXPECT_THAT(it.where(), ElementsAre(Pair("fma", "lib.step"), Pair("add", "step"), Pair("fma", ""),
                                      Pair("add", "word")));
  EXPECT_EQ(it.type_of("lib"), "NVTX Library");
  EXPECT_EQ(it.type_of("word"), "NVTX words");
}

TEST_F(run_command, makes_paths_of_the_ranges_that_are_open) {
  // Of another thread's end, too, and for threads without a range.
  ASSERT_EQ(record("start:job push:own launch:fma ended-elsewhere launch:add pop launch:add").exit_code, 0);
  recorded const it(file);
  EXPECT_THAT(it.where(), ElementsAre(Pair("fma", "job.own"), Pair("add", "own"), Pair("add", "")));
  ASSERT_EQ(
      record("push:outer push:lib:Library push:step launch:fma pop::Library launch:add push:in launch:fma "
             "pop pop launch:add pop launch:add")
          .exit_code,
      0);
  recorded const deep(file);
  EXPECT_THAT(deep.where(), ElementsAre(Pair("fma", "outer.lib.step"), Pair("add", "outer.step"),
                                        Pair("fma", "outer.step.in"), Pair("add", "outer"), Pair("add", "")));
  ASSERT_EQ(
      record("push:lib:Library start:job bare-thread:fma pop::Library bare-thread:add end bare-thread:add")
          .exit_code,
      0);
  EXPECT_THAT(recorded(file).where(),
              ElementsAre(Pair("fma", "lib.job"), Pair("add", "job"), Pair("add", "")));
  ASSERT_EQ(record("push:lib:Library push:'body|Body|1|forward':flopwatch pop::Library launch:fma "
                   "pop::flopwatch launch:add")
                .exit_code,
            0);
  EXPECT_THAT(recorded(file).where(), ElementsAre(Pair("fma", "body"), Pair("add", "")));
}

TEST_F(run_command, takes_the_ranges_of_c_and_of_nvtxs_cpp_header) {
  ASSERT_EQ(record("c:wide:fma cpp:scoped:add").exit_code, 0);
  recorded const it(file);
  EXPECT_THAT(it.where(), ElementsAre(Pair("fma", "wide"), Pair("add", "scoped")));
  EXPECT_EQ(it.type_of("scoped"), "NVTX cpp");
}

TEST_F(run_command, ends_a_range_that_another_thread_ends) {
  ASSERT_EQ(record("start:outer launch:fma ended-elsewhere launch:add").exit_code, 0);
  EXPECT_THAT(recorded(file).where(), ElementsAre(Pair("fma", "outer"), Pair("add", "")));
}

TEST_F(run_command, counts_launches_of_threads_without_a_scope_in_the_range_that_was_started_last) {
  ASSERT_EQ(record("push:main start:job bare-thread:fma thread:add:own start:part bare-thread:fma end "
                   "bare-thread:fma end pop bare-thread:add")
                .exit_code,
            0);
  recorded const it(file);
  EXPECT_THAT(it.where(),
              ElementsAre(Pair("fma", "main.job"), Pair("add", "own"), Pair("fma", "main.job.part"),
                          Pair("fma", "main.job"), Pair("add", "")));
  EXPECT_EQ(it.data.scopes.size(), 4U);
  for (auto const& s : it.data.scopes) EXPECT_EQ(s.entries, 1) << s.path;
}

TEST_F(run_command, takes_a_range_that_one_thread_starts_and_another_one_ends) {
  ASSERT_EQ(record("started-elsewhere:job launch:fma push:own launch:add pop end launch:add").exit_code, 0);
  EXPECT_THAT(recorded(file).where(), ElementsAre(Pair("fma", "job"), Pair("add", "own"), Pair("add", "")));
}

TEST_F(run_command, keeps_the_ranges_of_threads_apart) {
  ASSERT_EQ(record("push:main launch:fma thread:add:worker launch:fma pop").exit_code, 0);
  EXPECT_THAT(recorded(file).where(),
              ElementsAre(Pair("fma", "main"), Pair("add", "worker"), Pair("fma", "main")));
}

TEST_F(run_command, leaves_out_ranges_that_are_not_chosen) {
  auto const steps = "push:step push:lib:Library launch:fma pop::Library launch:add pop";
  ASSERT_EQ(record(steps, "--nvtx-domain Library").exit_code, 0);
  EXPECT_THAT(recorded(file).where(), ElementsAre(Pair("fma", "lib"), Pair("add", "")));
  ASSERT_EQ(record(steps, "--scope-regex ^st").exit_code, 0);
  EXPECT_THAT(recorded(file).where(), ElementsAre(Pair("fma", "step"), Pair("add", "step")));
}

TEST_F(run_command, rebuilds_the_scopes_of_flopwatchs_own_ranges) {
  ASSERT_EQ(record("push:'body|Body|1|forward':flopwatch push:'body.fc|Linear|2|recompute':flopwatch "
                   "launch:fma pop::flopwatch pop::flopwatch")
                .exit_code,
            0);
  recorded const it(file);
  EXPECT_THAT(it.where(), ElementsAre(Pair("fma", "body.fc")));
  EXPECT_EQ(it.type_of("body.fc"), "Linear");
  EXPECT_EQ(it.launches.front().phase, phase::recompute);
}

TEST_F(run_command, leaves_the_program_its_streams_and_its_exit_code) {
  auto const steps = "print:out warn:err launch:fma exit:7";
  auto const r = record(steps);
  EXPECT_EQ(r.exit_code, 7);
  EXPECT_EQ(r.out, alone(steps).out);
  EXPECT_THAT(r.err, testing::StartsWith(alone(steps).err));
  EXPECT_EQ(recorded(file).launches.size(), 1U);
}

TEST_F(run_command, ends_as_a_program_that_a_signal_ended_and_keeps_what_there_is) {
  auto const r = record("push:step launch:fma sleep:2500 signal:15");
  EXPECT_EQ(r.exit_code, 128 + SIGTERM);
  EXPECT_THAT(r.err, AllOf(HasSubstr("by signal 15"), HasSubstr(file + ".unfinished")));
  recorded const it(file + ".unfinished");
  EXPECT_FALSE(it.data.complete);
  EXPECT_EQ(it.type_of("step"), "NVTX");
  EXPECT_THAT(files(), ElementsAre("it.flops.unfinished"));
}

TEST_F(run_command, says_what_a_program_that_cannot_be_run_is) {
  EXPECT_EQ(run("run -o " + file + " -- /no/such/program").exit_code, 127);
  EXPECT_EQ(run("run -o " + file + " -- /dev/null").exit_code, 126);
  EXPECT_EQ(run("run -o " + file).exit_code, 2);
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(run_command, says_why_there_is_nothing_to_record) {
  auto const r = run("run -o " + file + " -- /bin/true");
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.err, HasSubstr("nothing was recorded: "));
  EXPECT_EQ(run("run --strict -o " + file + " -- /bin/true").exit_code, 3);
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(run_command, leaves_the_program_to_another_tool) {
  auto const r = record("launch:fma env:FLOPWATCH_RUN env:CUDA_INJECTION64_PATH", "",
                        "CUDA_INJECTION64_PATH=/other/tool.so");
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_EQ(r.out, "(not set)\n/other/tool.so\n");
  EXPECT_THAT(r.err, HasSubstr("CUDA_INJECTION64_PATH names /other/tool.so: another tool"));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(run_command, says_when_the_counters_may_not_be_read) {
  auto const r = record("launch:fma", "--strict", "STANDIN_PERMISSION=0");
  EXPECT_EQ(r.exit_code, 4);
  recorded const it(file);
  EXPECT_EQ(it.launches.size(), 1U);
  EXPECT_THAT(it.losses(), testing::Contains("counters_not_permitted"));
}

TEST_F(run_command, says_that_launches_are_not_seen_where_another_tool_has_the_callbacks) {
  auto const r = record("push:step launch:fma pop", "--strict", "STANDIN_HOLDER=another_profiler");
  EXPECT_EQ(r.exit_code, 3) << r.err;
  EXPECT_THAT(r.err, HasSubstr("another_profiler"));
  recorded const it(file);
  EXPECT_THAT(it.data.info.at(info_key::measured_reason), HasSubstr("another_profiler"));
  EXPECT_THAT(it.losses(), ElementsAre("counters_refused"));
}

TEST_F(run_command, says_that_launches_were_lost_where_the_counters_started_late) {
  // As the command asks, but for the time that a program waits for the counters.
  auto const impatient =
      R"(export FLOPWATCH_RUN=$(printf %s "$FLOPWATCH_RUN" | sed "s/\(longest_start_ms\":\)60000/\11/"); )";
  auto const r = run("run --strict -o " + file + " -- sh -c '" + impatient +
                     FLOPWATCH_COUNTED_PROGRAM " launch:fma:3 sleep:100'");
  EXPECT_EQ(r.exit_code, 5) << r.err;
  EXPECT_THAT(r.err, HasSubstr("did not start within"));
  EXPECT_THAT(recorded(file).losses(), ElementsAre("launches_not_seen"));
  EXPECT_EQ(run("report " + file).exit_code, 5);
}

TEST_F(run_command, gives_each_process_a_file_of_its_own_where_the_name_asks_for_it) {
  auto const r = run("run -o " + (scratch / "of.%p.flops") + " -- " FLOPWATCH_COUNTED_PROGRAM " launch:fma");
  EXPECT_EQ(r.exit_code, 0) << r.err;
  auto const there = files();
  ASSERT_EQ(there.size(), 1U);
  EXPECT_THAT(there.front(), testing::MatchesRegex("of\\.[0-9]+\\.flops"));
  EXPECT_EQ(recorded(scratch / there.front()).launches.size(), 1U);
}

TEST_F(run_command, records_a_child_that_was_forked_before_cuda_began) {
  auto const r = record("fork:add");
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(recorded(file).where(), ElementsAre(Pair("add", "")));
}

TEST_F(run_command, merges_the_captures_of_several_processes) {
  auto const r = run("run -o " + file +
                     " -- sh -c '" FLOPWATCH_COUNTED_PROGRAM " launch:fma:2; " FLOPWATCH_COUNTED_PROGRAM
                     " push:step launch:add pop; " FLOPWATCH_COUNTED_PROGRAM
                     " push:step launch:add sleep:2500 signal:9'");
  EXPECT_EQ(r.exit_code, 128 + 9) << r.err;
  EXPECT_THAT(r.err, HasSubstr("3 processes were recorded in " + file));
  recorded const it(file);
  EXPECT_THAT(it.sums(), UnorderedElementsAre(Pair(ffma, 14), Pair(fadd, 3)));
  EXPECT_THAT(it.losses(), testing::Contains("capture_incomplete"));
  EXPECT_EQ(it.data.processes.size(), 3U);
  EXPECT_THAT(files(), ElementsAre("it.flops"));
}

TEST_F(run_command, keeps_every_process_where_several_have_one_name) {
  auto const pattern = scratch / "of.%h.flops";
  auto const r =
      run("run -o " + pattern +
          " -- sh -c '" FLOPWATCH_COUNTED_PROGRAM " launch:fma; " FLOPWATCH_COUNTED_PROGRAM " launch:add'");
  EXPECT_EQ(r.exit_code, 0) << r.err;
  auto const there = files();
  ASSERT_EQ(there.size(), 1U);
  EXPECT_THAT(recorded(scratch / there.front()).sums(), UnorderedElementsAre(Pair(ffma, 7), Pair(fadd, 3)));
}

TEST_F(run_command, gives_each_rank_a_file_of_its_own) {
  auto const r = shell(
      "cd " + (scratch / ".") +
      " && for rank in 0 1 2 3; do RANK=$rank WORLD_SIZE=4 \"$FLOPWATCH\" run -- " FLOPWATCH_COUNTED_PROGRAM
      " launch:fma:$((rank + 1)) & done; wait");
  std::array<char, 256> host{};
  ASSERT_EQ(gethostname(host.data(), host.size() - 1), 0);
  for (int rank = 0; rank < 4; ++rank) {
    auto const name = "counted_program." + std::string(host.data()) + "." + std::to_string(rank) + ".flops";
    EXPECT_THAT(r.err, HasSubstr("recorded in " + name));
    EXPECT_THAT(recorded(scratch / name).sums(), ElementsAre(Pair(ffma, 7 * (rank + 1))));
  }
  EXPECT_EQ(files().size(), 4U);
}

TEST_F(run_command, keeps_the_name_of_the_only_rank_and_a_name_with_a_pattern) {
  EXPECT_EQ(record("launch:fma", "", "RANK=0 WORLD_SIZE=1").exit_code, 0);
  EXPECT_THAT(files(), ElementsAre("it.flops"));
  auto const pattern =
      run("run -o " + (scratch / "of.%r.flops") + " -- " FLOPWATCH_COUNTED_PROGRAM " launch:fma",
          "RANK=2 WORLD_SIZE=4");
  EXPECT_THAT(files(), ElementsAre("it.flops", "of.2.flops")) << pattern.err;
}

TEST_F(run_command, refuses_a_file_that_is_no_capture_before_the_program_starts) {
  write(file, "print('train')");
  auto const r = record("print:ran launch:fma");
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.out, IsEmpty());
  EXPECT_THAT(r.err, HasSubstr("is no capture"));
  EXPECT_EQ(content(file), "print('train')");
  EXPECT_EQ(run("run -o " + (scratch / "of.%x.flops") + " -- /bin/echo ran").exit_code, 2);
  EXPECT_THAT(files(), ElementsAre("it.flops"));
}

TEST_F(run_command, replaces_a_capture_and_no_file_that_came_meanwhile) {
  ASSERT_EQ(record("launch:fma").exit_code, 0);
  ASSERT_EQ(record("launch:add").exit_code, 0);
  EXPECT_THAT(recorded(file).where(), ElementsAre(Pair("add", "")));
  auto const r = run("run -o " + file + " -- sh -c 'echo mine >" + file +
                     "; " FLOPWATCH_COUNTED_PROGRAM " launch:fma exit:7'");
  EXPECT_EQ(r.exit_code, 7);
  EXPECT_THAT(r.err, AllOf(HasSubstr("is no capture"), HasSubstr("The captures are in " + file + ".run-")));
  EXPECT_EQ(content(file), "mine\n");
}

TEST_F(run_command, keeps_what_each_of_two_killed_runs_left) {
  for (auto const* const steps : {"launch:fma sleep:2500 signal:9", "launch:add sleep:2500 signal:9"}) {
    EXPECT_EQ(record(steps).exit_code, 128 + SIGKILL);
  }
  EXPECT_THAT(files(), ElementsAre("it.flops.unfinished", "it.flops.unfinished-2"));
  EXPECT_THAT(recorded(file + ".unfinished").where(), ElementsAre(Pair("fma", "")));
  EXPECT_THAT(recorded(file + ".unfinished-2").where(), ElementsAre(Pair("add", "")));
}

TEST_F(run_command, ends_as_the_program_where_its_captures_cannot_be_put_in_place) {
  auto const r = run("run -o " + file + " -- sh -c 'mkdir " + file +  // in the way
                     "; " FLOPWATCH_COUNTED_PROGRAM " launch:fma exit:7'");
  EXPECT_EQ(r.exit_code, 7) << r.err;
  EXPECT_THAT(r.err, HasSubstr("The captures are in " + file + ".run-"));
  EXPECT_EQ(files().size(), 2U);
}

TEST_F(run_command, does_not_load_the_library_into_a_program_without_cuda) {
  auto const r = run("run -o " + file + " -- sh -c 'cat /proc/self/maps'");
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out, Not(HasSubstr("libflopwatch_inject")));
}

TEST_F(run_command, measures_the_kernels_that_are_chosen_and_lists_the_others) {
  auto const steps = "launch:fma:2 launch:add launch:fma:3";
  ASSERT_EQ(record(steps, "--kernel-name fma --launch-skip 1 --launch-count 2").exit_code, 0);
  recorded const it(file);
  EXPECT_EQ(it.launches.size(), 6U);
  EXPECT_THAT(it.sums(), UnorderedElementsAre(Pair(ffma, 14)));
  EXPECT_THAT(it.losses(), ElementsAre("launches_not_chosen"));
  EXPECT_EQ(it.data.losses.front().count, 4);

  ASSERT_EQ(record(steps, "--kernel-name regex:^a").exit_code, 0);
  EXPECT_THAT(recorded(file).sums(), UnorderedElementsAre(Pair(fadd, 3)));
  EXPECT_EQ(record(steps, "--kernel-name 'regex:('").exit_code, 2);
  EXPECT_EQ(record(steps, "--kernel-name fma --replay-mode reuse").exit_code, 2);
}

TEST_F(run_command, records_what_the_program_wants_to_be_profiled) {
  auto const steps =
      "launch:add:2 profiler:on launch:fma sync launch:add profiler:off launch:fma:4 "
      "profiler:on launch:fma";
  ASSERT_EQ(record(steps, "--profile-from-start off").exit_code, 0);
  recorded const off(file);
  EXPECT_THAT(off.sums(), UnorderedElementsAre(Pair(ffma, 14), Pair(fadd, 3)));
  EXPECT_EQ(off.launches.size(), 3U);
  EXPECT_THAT(off.losses(), ElementsAre("launches_not_profiled"));
  EXPECT_EQ(off.data.losses.front().count, 4);

  ASSERT_EQ(record(steps).exit_code, 0);
  recorded const on(file);
  EXPECT_THAT(on.sums(), UnorderedElementsAre(Pair(ffma, 14), Pair(fadd, 9)));
  EXPECT_EQ(on.launches.size(), 5U);

  auto const never = record("launch:fma", "--profile-from-start off");
  EXPECT_THAT(never.err, HasSubstr("nothing was recorded"));
}

TEST_F(run_command, collects_more_metrics_over_iterations) {
  auto const r = record(
      "push:it launch:fma pop push:it launch:fma pop push:it launch:fma pop push:it launch:fma pop "
      "push:it launch:fma pop push:it launch:fma pop push:it launch:fma pop push:it launch:fma pop",
      "--iteration-range it");
  ASSERT_EQ(r.exit_code, 0) << r.err;
  recorded const it(file);
  EXPECT_EQ(it.launches.size(), 1U) << "the first iteration is recorded";
  EXPECT_THAT(it.sums(), testing::Contains(Pair(ffma, 7)));
  EXPECT_EQ(it.data.info.at("tensor_metrics"), "collected");
}

TEST_F(run_command, measures_few_launches_and_counts_all_where_counts_are_reused) {
  ASSERT_EQ(record("launch:fma:400 launch:add:200", "--replay-mode reuse --budget 1").exit_code, 0);
  recorded const it(file);
  ASSERT_FALSE(it.data.reuse_counts.empty());
  std::int64_t launches = 0;
  for (auto const& c : it.data.reuse_counts) launches += c.launches;
  EXPECT_EQ(launches, 600);
}

}  // namespace
}  // namespace flopwatch::test
