// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "capture/open.hpp"
#include "capture/sqlite.hpp"

/// \file
/// Synthetic exports of Nsight Systems.

namespace flopwatch::test {

/// Process 1, thread 7 of it.
inline constexpr auto thread = "16777223";

inline void make_export(std::filesystem::path const& file, std::string const& more = "") {
  auto const db = capture_detail::open_connection(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  capture_detail::execute(
      db.get(),
      std::string(
          "CREATE TABLE StringIds(id INTEGER PRIMARY KEY, value TEXT);"
          "INSERT INTO StringIds VALUES (1,'gemm'),(2,'net'),(3,'flopwatch'),(4,'net.fc|Linear|1|forward');"
          "CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL(start, correlationId, globalPid, demangledName, deviceId, "
          "contextId, streamId, gridX, gridY, gridZ, blockX, blockY, blockZ);"
          "CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME(start, correlationId, globalTid);"
          "CREATE TABLE NVTX_EVENTS(start, end, eventType, globalTid, domainId, text, textId);"
          "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (95,1,16777216,1,0,1,7,2,1,1,32,1,1),"
          "(300,2,16777216,1,0,1,7,2,1,1,32,1,1),(400,3,16777216,1,0,1,7,2,1,1,32,1,1);") +
          "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (20,1," + thread + "),(60,2," + thread + ");" +
          "INSERT INTO NVTX_EVENTS VALUES (0,NULL,75," + thread + ",9,NULL,3),(10,100,59," + thread +
          ",0,NULL,2),(50,70,59," + thread + ",9,NULL,4),(15,30,59,99,0,'other thread',NULL);" + more);
}

}  // namespace flopwatch::test
