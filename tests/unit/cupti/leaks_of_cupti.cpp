// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A refused cuptiProfilerHostInitialize loses a megabyte; a leak of CUPTI itself. LeakSanitizer asks a
// program that exports this what to leave out.
extern "C" char const* __lsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" char const* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libcupti.so\nleak:libnvperf_host.so\n";
}
