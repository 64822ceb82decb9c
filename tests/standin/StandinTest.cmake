# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# flopwatch_standin_test(name SOURCES a.cpp ... [LIBS lib ...])
#
# A GoogleTest program that runs on the stand-in driver, as one ctest entry: it is linked to libcuda.so.1 of the
# stand-in, sees "standin/control.hpp", and FLOPWATCH_CUPTI names the stand-in's CUPTI. It exports a dlopen that
# sanitizers can live with.
set(FLOPWATCH_STANDIN_DIR "${CMAKE_CURRENT_LIST_DIR}" CACHE INTERNAL "")

function(flopwatch_standin_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;ARGS" ${ARGN})
  add_executable(${name} ${arg_SOURCES} "${FLOPWATCH_STANDIN_DIR}/dlopen_without_deepbind.cpp")
  target_include_directories(${name} SYSTEM PRIVATE ${CUPTI_INCLUDE_DIRS})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} standin_cuda GTest::gtest GTest::gmock GTest::gtest_main
                                        ${CMAKE_DL_LIBS})
  set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)
  flopwatch_test_program(${name})
  # Built with the program, though it opens it at run time.
  add_dependencies(${name} standin_cupti)
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGS})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300
    ENVIRONMENT "FLOPWATCH_CUPTI=$<TARGET_FILE:standin_cupti>")
endfunction()
