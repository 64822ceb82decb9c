# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# flopwatch_test(name SOURCES a.cpp ... [LIBS lib ...] [ARGS arg ...] [HEADER target])
# A GoogleTest program as one ctest entry. It sees the private headers under src/ and tests/. HEADER names the target
# whose precompiled header it reuses.
function(flopwatch_test name)
  cmake_parse_arguments(arg "" "HEADER" "SOURCES;LIBS;ARGS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} flopwatch_core GTest::gtest GTest::gmock GTest::gtest_main)
  flopwatch_test_program(${name} "${arg_HEADER}")
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# flopwatch_test_program(target [header target])
# What every program of the tests needs. Tests are compiled without optimisation: that takes half the time, and the
# library that they test has its own flags.
function(flopwatch_test_program target)
  set(header ${ARGN})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(${target} PRIVATE FLOPWATCH_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  flopwatch_defaults(${target})
  if(NOT header)
    set(header flopwatch_test_header)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${header})
  target_compile_options(${target} PRIVATE -O0 -fPIC)  # as the header is compiled, or it could not be reused
endfunction()

# flopwatch_precompiled(target HEADERS <a.h> ... [LIBS lib ...])
# A precompiled header for test programs, which takes GoogleTest's and the standard library's headers off each of them.
function(flopwatch_precompiled target)
  cmake_parse_arguments(arg "" "" "HEADERS;LIBS" ${ARGN})
  file(WRITE "${PROJECT_BINARY_DIR}/${target}.cpp" "")
  add_library(${target} OBJECT "${PROJECT_BINARY_DIR}/${target}.cpp")
  target_link_libraries(${target} PRIVATE ${arg_LIBS})
  target_precompile_headers(${target} PRIVATE ${arg_HEADERS})
  target_compile_options(${target} PRIVATE -O0)
  flopwatch_defaults(${target})
endfunction()

if(FLOPWATCH_TESTS)
  flopwatch_precompiled(flopwatch_test_header
    HEADERS <algorithm> <filesystem> <fstream> <functional> <map> <optional> <string> <vector> <gmock/gmock.h>
            <gtest/gtest.h>
    LIBS GTest::gtest GTest::gmock)
endif()
