# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# Configures, builds and runs the project in the folder PROJECT, and compares what its program prints with EXPECTED, or
# looks for CONTAINED in it. With OBJECTS, a target, only that one is built and nothing is run, unless the environment has
# FLOPWATCH_ALL_TESTS: what another test compiles is not compiled once more.
function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE log ERROR_VARIABLE errors)
  if(failed)
    message(FATAL_ERROR "${PROJECT} cannot be ${what}:\n${log}${errors}")
  endif()
  set(log "${log}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
run(configured "${CMAKE_COMMAND}" -S "${PROJECT}" -B "${WORK}" -G "${GENERATOR}" -C "${CACHE}")
if(OBJECTS AND NOT "$ENV{FLOPWATCH_ALL_TESTS}")
  run(built "${CMAKE_COMMAND}" --build "${WORK}" --target ${OBJECTS} --parallel)
  return()
endif()
run(built "${CMAKE_COMMAND}" --build "${WORK}" --target ${TARGET} --parallel)
run(run "${CMAKE_COMMAND}" -E chdir "${WORK}" "${WORK}/${TARGET}" ${ARGUMENT})
if(CONTAINED)
  string(FIND "${log}" "${CONTAINED}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${TARGET} printed '${log}', without '${CONTAINED}'")
  endif()
  return()
endif()
string(STRIP "${log}" printed)
string(REPLACE "\n" " " printed "${printed}")
if(NOT printed STREQUAL EXPECTED)
  message(FATAL_ERROR "${TARGET} printed '${printed}', expected '${EXPECTED}'")
endif()
