// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/path_pattern.hpp"

#include <cstdlib>
#include <map>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/capture_records.hpp"
#include "flopwatch/error.hpp"

namespace {

using namespace flopwatch;
using testing::HasSubstr;

process_name with(std::map<std::string, std::string> const& variables) {
  return process_from([&](char const* name) -> char const* {
    auto const it = variables.find(name);
    return it == variables.end() ? nullptr : it->second.c_str();
  });
}

std::string refusal(std::string const& pattern) {
  try {
    static_cast<void>(expand_pattern(pattern, {}));
  } catch (usage_error const& e) {
    return e.what();
  }
  return {};
}

TEST(path_pattern, letters_stand_for_host_process_and_rank) {
  process_name const who{"node7", 4711, 3, 1, 8};
  EXPECT_EQ(expand_pattern("/a b/run.%h.%r.flops", who), "/a b/run.node7.3.flops");
  EXPECT_EQ(expand_pattern("%p%%r", who), "4711%r");
  EXPECT_EQ(expand_pattern("run.flops", who), "run.flops");
  EXPECT_EQ(expand_pattern("", who), "");
}

TEST(path_pattern, the_process_id_takes_the_place_of_a_rank_that_is_not_there) {
  EXPECT_EQ(expand_pattern("run.%r.flops", {"node7", 4711, {}, {}, {}}), "run.4711.flops");
}

TEST(path_pattern, a_host_is_one_part_of_a_path) {
  EXPECT_EQ(expand_pattern("run.%h.flops", {"a/b", 1, {}, {}, {}}), "run.a_b.flops");
}

TEST(path_pattern, what_means_nothing_is_refused_with_the_letters_that_there_are) {
  EXPECT_THAT(refusal("run.%d.flops"), testing::AllOf(HasSubstr("'%d', which means nothing"), HasSubstr("%h"),
                                                      HasSubstr("%p"), HasSubstr("%r"), HasSubstr("%%")));
  EXPECT_THAT(refusal("100%"), HasSubstr("a '%' at its end"));
  EXPECT_THAT(refusal("%%%"), HasSubstr("a '%' at its end"));
  EXPECT_THAT(refusal("%\n"), HasSubstr("\\n")) << "nothing that a terminal obeys";
}

TEST(process_name, each_launcher_says_the_rank_in_its_own_way) {
  process_name const expected{with({}).host, getpid(), 3, 1, 8};
  EXPECT_EQ(with({{"RANK", "3"}, {"LOCAL_RANK", "1"}, {"WORLD_SIZE", "8"}}), expected);
  EXPECT_EQ(with({{"SLURM_PROCID", "3"}, {"SLURM_LOCALID", "1"}, {"SLURM_NTASKS", "8"}}), expected);
  EXPECT_EQ(with({{"OMPI_COMM_WORLD_RANK", "3"},
                  {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                  {"OMPI_COMM_WORLD_SIZE", "8"}}),
            expected);
  EXPECT_EQ(with({{"PMI_RANK", "3"}, {"MPI_LOCALRANKID", "1"}, {"PMI_SIZE", "8"}}), expected);
}

TEST(process_name, torchrun_inside_a_step_of_slurm_wins) {
  EXPECT_EQ(with({{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "2"}}).rank, 5);
}

TEST(process_name, what_is_no_rank_is_left_out) {
  for (auto const* text : {"", "x", "3x", "-1", " 3", "99999999999999999999"}) {
    EXPECT_EQ(with({{"RANK", text}}).rank, std::nullopt) << text;
  }
  EXPECT_EQ(with({{"RANK", "8"}, {"WORLD_SIZE", "8"}}).rank, std::nullopt) << "ranks are below their number";
  EXPECT_EQ(with({{"RANK", "x"}, {"SLURM_PROCID", "1"}}).rank, 1) << "the next launcher is asked";
  EXPECT_EQ(with({{"WORLD_SIZE", "8"}}).world_size, std::nullopt) << "without a rank it says nothing";
}

TEST(process_name, info_has_what_is_known) {
  std::map<std::string, std::string> info;
  describe({"node7", 4711, 3, {}, 8}, info);
  EXPECT_EQ(info.at(info_key::host), "node7");
  EXPECT_EQ(info.at(info_key::pid), "4711");
  EXPECT_EQ(info.at(info_key::rank), "3");
  EXPECT_EQ(info.at(info_key::world_size), "8");
  EXPECT_FALSE(info.contains(info_key::local_rank));
  auto const first = info.at(info_key::started_utc);
  EXPECT_EQ(first.size(), std::string("2026-01-31T12:00:00.000000000Z").size());
  describe({"node7", 4711, 3, {}, 8}, info);
  EXPECT_NE(info.at(info_key::started_utc), first) << "two recordings of one process have two beginnings";
}

}  // namespace
