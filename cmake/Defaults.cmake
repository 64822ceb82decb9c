# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# Language standard, warnings and sanitizers for our own targets. As a subproject nothing but the targets' own
# properties is set: build type and folders are the parent's.
if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
  endif()
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endif()

if(FLOPWATCH_SANITIZE)
  add_compile_options(-fsanitize=${FLOPWATCH_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FLOPWATCH_SANITIZE})
  # With a sanitizer GCC sees uninitialised members in its own <regex>.
  add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>")
endif()

function(flopwatch_defaults target)
  get_target_property(type ${target} TYPE)
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  if(type MATCHES "STATIC|MODULE" AND folder MATCHES "^(src/.*|python|)$")
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${FLOPWATCH_UNITY} UNITY_BUILD_BATCH_SIZE 16)
  endif()
  set(warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    list(APPEND warnings "$<$<CONFIG:Release>:-Wno-restrict>")  # wrong about std::string at -O3 (GCC's bug 105651)
  endif()
  if(FLOPWATCH_WERROR)
    list(APPEND warnings -Werror)
  endif()
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${warnings}>")
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
endfunction()
